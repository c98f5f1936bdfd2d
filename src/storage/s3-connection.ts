import { BronzeError } from '../errors.ts';

/** How S3 is reached. What is absent is left to the AWS SDK: its environment variables, profiles and instance roles. */
export interface S3Connection {
  /** Absent: AWS itself. */
  readonly endpoint?: string;
  readonly region?: string;
  /** `http://host/bucket/key` instead of `http://bucket.host/key`. */
  readonly forcePathStyle: boolean;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/**
 * The connection that the environment asks for; the one place that decides it. Processes that this one starts inherit
 * the environment, and so come to the same.
 *
 * `S3_ENDPOINT`, `S3_REGION`, `S3_ACCESS_KEY` with `S3_SECRET_KEY` and `S3_PATH_STYLE` go before what the SDK knows
 * (`AWS_ENDPOINT_URL_S3`, `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_PROFILE`, …). MinIO's `MINIO_ROOT_USER` and
 * `MINIO_ROOT_PASSWORD` count for an endpoint of one's own where nothing else is given; they are never sent to AWS.
 * @throws BronzeError `STORAGE_MISCONFIGURED` for an endpoint that is no URL, or half a key pair.
 */
export function s3Connection(env: NodeJS.ProcessEnv): S3Connection {
  const endpoint = endpointOf(env);
  const isOwn = endpoint !== undefined && !isAws(endpoint);
  // The SDK demands a region; stores other than AWS take any, and this one by default.
  const region = given(env, 'S3_REGION') ?? (isOwn && !namesRegion(env) ? 'us-east-1' : undefined);
  const credentials = credentialsOf(env, isOwn);
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    forcePathStyle: isTrue(env, 'S3_PATH_STYLE') ?? isOwn,
    ...(credentials === undefined ? {} : { credentials }),
  };
}

/** Is it a store other than AWS's own? */
export function isOwnStore({ endpoint }: S3Connection): boolean {
  return endpoint !== undefined && !isAws(endpoint);
}

/** Where it is, for messages. */
export function describeConnection({ endpoint, region }: S3Connection): string {
  return endpoint ?? (region === undefined ? 'AWS' : `AWS, region ${region}`);
}

function endpointOf(env: NodeJS.ProcessEnv): string | undefined {
  for (const name of ['S3_ENDPOINT', 'AWS_ENDPOINT_URL_S3', 'AWS_ENDPOINT_URL']) {
    const value = given(env, name);
    if (value === undefined) continue;
    if (/^https?:\/\/[^/\s]+\/?$/i.test(value)) return value.replace(/\/$/, '');
    throw new BronzeError(
      'STORAGE_MISCONFIGURED',
      `${name} is "${value}": expected a URL such as http://localhost:9000, without a path`,
    );
  }
  return undefined;
}

function credentialsOf(env: NodeJS.ProcessEnv, isOwn: boolean): S3Connection['credentials'] {
  const own = keyPair(env, 'S3_ACCESS_KEY', 'S3_SECRET_KEY');
  if (own !== undefined || !isOwn) return own;
  const known = ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_WEB_IDENTITY_TOKEN_FILE'];
  if (known.some((name) => given(env, name) !== undefined)) return undefined;
  return keyPair(env, 'MINIO_ROOT_USER', 'MINIO_ROOT_PASSWORD');
}

function keyPair(env: NodeJS.ProcessEnv, idName: string, secretName: string): S3Connection['credentials'] {
  const [accessKeyId, secretAccessKey] = [given(env, idName), given(env, secretName)];
  if (accessKeyId !== undefined && secretAccessKey !== undefined) return { accessKeyId, secretAccessKey };
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined;
  const [there, missing] = accessKeyId === undefined ? [secretName, idName] : [idName, secretName];
  throw new BronzeError('STORAGE_MISCONFIGURED', `${there} is set and ${missing} is not: S3 needs both`);
}

function namesRegion(env: NodeJS.ProcessEnv): boolean {
  return ['AWS_REGION', 'AWS_PROFILE'].some((name) => given(env, name) !== undefined);
}

function isAws(endpoint: string): boolean {
  return /\.amazonaws\.com(\.cn)?$/i.test(new URL(endpoint).hostname);
}

function isTrue(env: NodeJS.ProcessEnv, name: string): boolean | undefined {
  const value = given(env, name)?.toLowerCase();
  return value === undefined ? undefined : ['true', '1', 'yes'].includes(value);
}

function given(env: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = env[name];
  return value === undefined || value === '' ? undefined : value;
}
