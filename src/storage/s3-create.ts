import type { PutIfAbsentOutcome } from './object-store.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { describeConnection } from './s3-connection.ts';
import { isPreconditionFailed, s3Failure } from './s3-errors.ts';
import { s3Sdk } from './s3-sdk.ts';

/**
 * Creates an object unless it exists: one request, which is never repeated here. A conflict (409) with a creation that
 * is still going on, an outage, a timeout: whether the object exists is `unknown`, and for the committer to look up.
 * @throws BronzeError for what no second attempt can mend.
 */
export async function createObject(bucket: S3Bucket, key: string, bytes: Uint8Array): Promise<PutIfAbsentOutcome> {
  const command = new (s3Sdk().PutObjectCommand)({ Bucket: bucket.name, Key: key, Body: bytes, IfNoneMatch: '*' });
  try {
    await bucket.clients.commit.send(command);
    return { kind: 'created' };
  } catch (error) {
    if (isPreconditionFailed(error)) return { kind: 'exists' };
    const cause = s3Failure('creating', `s3://${bucket.name}/${key}`, describeConnection(bucket.connection), error);
    if (cause.retryable) return { kind: 'unknown', cause };
    throw cause;
  }
}
