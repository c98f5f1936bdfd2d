import { BronzeError, errorMessage } from '../errors.ts';
import type { ErrorCode } from '../model/error-code.ts';
import { systemErrorCode } from './storage-errors.ts';

/** The names that S3 gives its refusals (Amazon S3 API Reference, Error Responses), and the SDK its own. */
const byName: Readonly<Record<string, ErrorCode>> = {
  CredentialsProviderError: 'STORAGE_ACCESS_DENIED',
  InvalidAccessKeyId: 'STORAGE_ACCESS_DENIED',
  SignatureDoesNotMatch: 'STORAGE_ACCESS_DENIED',
  AccessDenied: 'STORAGE_ACCESS_DENIED',
  Forbidden: 'STORAGE_ACCESS_DENIED',
  InvalidToken: 'STORAGE_ACCESS_DENIED',
  NoSuchBucket: 'STORAGE_MISCONFIGURED',
  InvalidBucketName: 'STORAGE_MISCONFIGURED',
  PermanentRedirect: 'STORAGE_MISCONFIGURED',
  AuthorizationHeaderMalformed: 'STORAGE_MISCONFIGURED',
  NotImplemented: 'STORAGE_MISCONFIGURED',
  // The SDK gets new credentials, or corrects its clock by the answer's: the next attempt can succeed.
  ExpiredToken: 'STORAGE_UNAVAILABLE',
  RequestTimeTooSkewed: 'STORAGE_UNAVAILABLE',
  ConditionalRequestConflict: 'STORAGE_UNAVAILABLE',
  OperationAborted: 'STORAGE_UNAVAILABLE',
  TimeoutError: 'STORAGE_UNAVAILABLE',
  // A connection that broke or went to sleep on the way to the store, which it answers with 400.
  RequestTimeout: 'STORAGE_UNAVAILABLE',
  IncompleteBody: 'STORAGE_UNAVAILABLE',
  BadDigest: 'STORAGE_UNAVAILABLE',
  // Of a read: the object was replaced between two of its parts.
  PreconditionFailed: 'STORAGE_UNAVAILABLE',
};

const hints: Readonly<Record<string, string>> = {
  CredentialsProviderError:
    'set S3_ACCESS_KEY and S3_SECRET_KEY, or give credentials in one of the ways of AWS (AWS_ACCESS_KEY_ID, AWS_PROFILE, a role)',
  InvalidAccessKeyId: 'the store does not know the access key',
  SignatureDoesNotMatch: 'the secret key is not the one of the access key',
  AccessDenied: 'the credentials may not do this; listing, reading, writing and deleting are needed',
  Forbidden: 'the credentials may not do this; listing, reading, writing and deleting are needed',
  NoSuchBucket: 'the bucket does not exist: create it, or correct the path',
  PermanentRedirect: 'the bucket is in another region: set AWS_REGION, or S3_REGION',
  AuthorizationHeaderMalformed: 'the region is not the one of the bucket: set AWS_REGION, or S3_REGION',
  RequestTimeTooSkewed: "this machine's clock differs from the store's by too much",
};

/** What the SDK threw, as an error of this project. Its message names the store, and never a key. */
export function s3Failure(doing: string, url: string, store: string, cause: unknown): BronzeError {
  if (cause instanceof BronzeError) return cause;
  const code = errorCodeOf(cause);
  const name = nameOf(cause);
  const misconfigured = code === 'STORAGE_MISCONFIGURED' ? 'is there an S3 store at that address?' : undefined;
  const hint = hints[name] ?? misconfigured;
  const said = [name, ...causesOf(cause)].filter((text) => text !== '' && text !== 'Error').join(': ');
  return new BronzeError(code, `${doing} ${url} (${store}) failed: ${said}${hint === undefined ? '' : `; ${hint}`}`, {
    cause,
  });
}

/** Did the store say that there is no such object? */
export function isNoSuchKey(error: unknown): boolean {
  return ['NoSuchKey', 'NotFound'].includes(nameOf(error));
}

/** Was the upload in parts completed or aborted already? */
export function isNoSuchUpload(error: unknown): boolean {
  return nameOf(error) === 'NoSuchUpload';
}

/** Did the store refuse the condition of a conditional create, because the object exists? */
export function isPreconditionFailed(error: unknown): boolean {
  return nameOf(error) === 'PreconditionFailed' || statusOf(error) === 412;
}

/** The status of the answer; absent where there was none. */
export function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('$metadata' in error)) return undefined;
  const metadata: unknown = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

function errorCodeOf(error: unknown): ErrorCode {
  const known = byName[nameOf(error)];
  if (known !== undefined) return known;
  const system = systemErrorCode(error);
  // A connection that broke, possibly while an answer was read, of which the status is known by then.
  if (system !== undefined) return isTlsCode(system) ? 'STORAGE_MISCONFIGURED' : 'STORAGE_UNAVAILABLE';
  const status = statusOf(error);
  if (status === undefined || status >= 500 || status === 408 || status === 429) return 'STORAGE_UNAVAILABLE';
  return status === 401 || status === 403 ? 'STORAGE_ACCESS_DENIED' : 'STORAGE_MISCONFIGURED';
}

/** `https` to a port without it, or a certificate that is not trusted. */
function isTlsCode(code: string): boolean {
  return /^(EPROTO|ERR_SSL_|ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/.test(code);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function causesOf(error: unknown): string[] {
  const message = errorMessage(error);
  // An attempt at several addresses has no message of its own.
  const inner = error instanceof AggregateError ? error.errors.map(errorMessage) : [];
  return [message, ...inner].filter((text) => text !== '' && text !== 'UnknownError');
}
