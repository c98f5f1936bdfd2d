import type { ListObjectsV2CommandOutput } from '@aws-sdk/client-s3';
import type { ObjectEntry } from './object-store.ts';
import { attempt, type S3Bucket } from './s3-bucket.ts';
import { s3Sdk } from './s3-sdk.ts';

/** Objects whose key starts with `prefix` and sorts after `startAfter`, in order of key, a page at a time. */
export async function* listObjects(bucket: S3Bucket, prefix: string, startAfter: string): AsyncIterable<ObjectEntry> {
  for await (const { Contents = [] } of pages(bucket, { Prefix: prefix, StartAfter: startAfter })) {
    for (const { Key, Size, LastModified } of Contents) {
      if (Key === undefined) continue;
      yield { path: Key, sizeBytes: Size ?? 0, modifiedAtMs: LastModified?.getTime() ?? 0 };
    }
  }
}

/** The folders directly below `prefix`, which is empty or ends with a slash; their names have no slash. */
export async function* listFolders(bucket: S3Bucket, prefix: string): AsyncIterable<string> {
  for await (const { CommonPrefixes = [] } of pages(bucket, { Prefix: prefix, Delimiter: '/' })) {
    for (const { Prefix } of CommonPrefixes) if (Prefix !== undefined) yield Prefix.slice(prefix.length, -1);
  }
}

interface Listing {
  readonly Prefix: string;
  readonly StartAfter?: string;
  readonly Delimiter?: string;
}

async function* pages(bucket: S3Bucket, listing: Listing): AsyncIterable<ListObjectsV2CommandOutput> {
  let token: string | undefined;
  do {
    const further = token === undefined ? {} : { ContinuationToken: token };
    const command = new (s3Sdk().ListObjectsV2Command)({ Bucket: bucket.name, ...listing, ...further });
    const page = await attempt(bucket, 'listing', listing.Prefix, () => bucket.clients.data.send(command));
    yield page;
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
}
