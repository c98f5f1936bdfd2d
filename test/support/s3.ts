import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, DeleteBucketCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll } from 'vitest';
import type { S3Bucket } from '../../src/storage/s3-bucket.ts';
import { createS3Clients, sharedS3Clients, type S3Timeouts } from '../../src/storage/s3-clients.ts';
import { s3Connection } from '../../src/storage/s3-connection.ts';
import { S3ObjectStore } from '../../src/storage/s3-object-store.ts';

/** A bucket of a test file's own, gone with all that is in it at the end. */
export interface TestBucket {
  readonly name: string;
  /** A new, empty folder in it: `s3://…`. */
  newRoot(): string;
  newStore(): S3ObjectStore;
}

/** Call it at the top of a test file. The S3 store is the one of this test run. */
export function useTestBucket(): TestBucket {
  const name = `bronze-test-${randomUUID()}`;
  const bucket = bucketAt(name);
  beforeAll(() => bucket.clients.data.send(new CreateBucketCommand({ Bucket: name })));
  afterAll(async () => {
    const store = new S3ObjectStore(bucket, '');
    for await (const { path } of store.list('')) await store.delete(path);
    await bucket.clients.data.send(new DeleteBucketCommand({ Bucket: name }));
  });
  return {
    name,
    newRoot: () => `s3://${name}/${randomUUID()}`,
    newStore: () => new S3ObjectStore(bucket, `${randomUUID()}/`),
  };
}

/** A bucket as this process reaches it, or through another endpoint. */
export function bucketAt(
  name: string,
  through?: { readonly endpoint: string; readonly commitTimeouts?: S3Timeouts },
): S3Bucket {
  if (through === undefined) {
    const connection = s3Connection(process.env);
    return { name, connection, clients: sharedS3Clients(connection) };
  }
  const { endpoint, commitTimeouts } = through;
  const connection = s3Connection({ ...process.env, S3_ENDPOINT: endpoint });
  const own = commitTimeouts === undefined ? {} : { commit: commitTimeouts };
  return { name, connection, clients: createS3Clients(connection, own) };
}

/** The store of this test run. */
export function s3Endpoint(): string {
  const { endpoint } = s3Connection(process.env);
  if (endpoint !== undefined) return endpoint;
  throw new Error('S3_ENDPOINT is not set: "npm run test:integration" starts a store, and sets it.');
}

/** How delta-rs reaches the store of this test run. */
export function deltaRsStorageOptions(): Readonly<Record<string, string>> {
  const { endpoint = '', region = 'us-east-1', credentials } = s3Connection(process.env);
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: credentials?.accessKeyId ?? '',
    AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey ?? '',
    AWS_REGION: region,
    AWS_ALLOW_HTTP: 'true',
  };
}
