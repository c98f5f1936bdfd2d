import type { S3Clients } from './s3-clients.ts';
import { describeConnection, type S3Connection } from './s3-connection.ts';
import { s3Failure } from './s3-errors.ts';

/** A bucket and the clients that reach it. */
export interface S3Bucket {
  readonly name: string;
  readonly clients: S3Clients;
  readonly connection: S3Connection;
}

/** Runs a request; what it throws becomes an error of this project that names the object. */
export async function attempt<T>(bucket: S3Bucket, doing: string, key: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw s3Failure(doing, `s3://${bucket.name}/${key}`, describeConnection(bucket.connection), error);
  }
}
