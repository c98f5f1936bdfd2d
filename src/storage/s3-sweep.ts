import type { ListMultipartUploadsCommandOutput } from '@aws-sdk/client-s3';
import { BronzeError } from '../errors.ts';
import type { UnfinishedSweep } from './object-store.ts';
import { attempt, type S3Bucket } from './s3-bucket.ts';
import { isOwnStore } from './s3-connection.ts';
import { isNoSuchUpload } from './s3-errors.ts';
import { s3Sdk } from './s3-sdk.ts';

/**
 * Aborts uploads in parts of objects whose key starts with `prefix`. Listing them is a permission of its own
 * (`s3:ListBucketMultipartUploads`), which not every writer has, and some stores do not know it.
 */
export async function sweepUploads(
  bucket: S3Bucket,
  prefix: string,
  { beganBeforeMs, dryRun }: UnfinishedSweep,
): Promise<number | undefined> {
  let count = 0;
  try {
    for await (const { Uploads = [] } of pages(bucket, prefix)) {
      for (const { Key, UploadId, Initiated } of Uploads) {
        if (Key?.startsWith(prefix) !== true || (Initiated?.getTime() ?? Infinity) >= beganBeforeMs) continue;
        if (!dryRun) await abortUpload(bucket, Key, UploadId);
        count += 1;
      }
    }
  } catch (error) {
    const codes = ['STORAGE_ACCESS_DENIED', 'STORAGE_MISCONFIGURED'];
    if (count === 0 && error instanceof BronzeError && codes.includes(error.code)) return undefined;
    throw error;
  }
  return count;
}

/** One that was completed or aborted meanwhile is no trouble. */
async function abortUpload(bucket: S3Bucket, key: string, uploadId: string | undefined): Promise<void> {
  const command = new (s3Sdk().AbortMultipartUploadCommand)({ Bucket: bucket.name, Key: key, UploadId: uploadId });
  await attempt(bucket, 'aborting an upload of', key, async () => {
    try {
      await bucket.clients.data.send(command);
    } catch (error) {
      if (!isNoSuchUpload(error)) throw error;
    }
  });
}

type Page = ListMultipartUploadsCommandOutput;

/** MinIO takes a prefix for a whole key, so stores other than AWS's are asked for the uploads of all objects. */
async function* pages(bucket: S3Bucket, prefix: string): AsyncIterable<Page> {
  const narrowed = isOwnStore(bucket.connection) ? {} : { Prefix: prefix };
  let marker: Pick<Page, 'KeyMarker' | 'UploadIdMarker'> | undefined = {};
  while (marker) {
    const command = new (s3Sdk().ListMultipartUploadsCommand)({ Bucket: bucket.name, ...narrowed, ...marker });
    const send = (): Promise<Page> => bucket.clients.data.send(command);
    const page: Page = await attempt(bucket, 'listing uploads to', prefix, send);
    yield page;
    const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
    marker = IsTruncated === true ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker } : undefined;
  }
}
