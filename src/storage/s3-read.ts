import type { GetObjectCommand, GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { open, type FileHandle } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { ByteRange } from './object-store.ts';
import { attempt, type S3Bucket } from './s3-bucket.ts';
import { isNoSuchKey, statusOf } from './s3-errors.ts';
import { s3Sdk } from './s3-sdk.ts';

export interface S3Content {
  readonly bytes: Uint8Array;
  /** Of the whole object. */
  readonly sizeBytes: number;
  readonly eTag: string | undefined;
}

/** An object, or a range of it, whole in memory; `undefined` where there is none. A range must not be empty. */
export function readObject(
  bucket: S3Bucket,
  key: string,
  { range, eTag }: { readonly range?: ByteRange; readonly eTag?: string | undefined } = {},
): Promise<S3Content | undefined> {
  const command = new (s3Sdk().GetObjectCommand)({
    Bucket: bucket.name,
    Key: key,
    ...(range === undefined ? {} : { Range: `bytes=${range.start}-${range.end - 1}` }),
    ...(eTag === undefined ? {} : { IfMatch: eTag }),
  });
  return attempt(bucket, 'reading', key, async () => {
    for (let attempts = 1; ; attempts += 1) {
      const answer = await answerTo(bucket, command);
      if (answer === undefined || 'sizeBytes' in answer) return answer;
      try {
        return await contentOf(answer);
      } catch (error) {
        // The SDK repeats requests, but not the reading of an answer that breaks off.
        if (attempts >= bodyAttempts) throw error;
        await delay(50 * 2 ** attempts);
      }
    }
  });
}

/**
 * Reads an object into a new local file, a range at a time, so that its size does not count in memory; false where
 * there is none.
 */
export async function downloadObject(bucket: S3Bucket, key: string, localFile: string): Promise<boolean> {
  const first = await readObject(bucket, key, { range: { start: 0, end: rangeBytes } });
  if (!first) return false;
  const file = await open(localFile, 'wx');
  try {
    await writeAll(file, first.bytes, 0);
    for (let start = rangeBytes; start < first.sizeBytes; start += rangeBytes) {
      const range = { start, end: Math.min(start + rangeBytes, first.sizeBytes) };
      const part = await readObject(bucket, key, { range, eTag: first.eTag });
      if (!part) return false;
      await writeAll(file, part.bytes, start);
    }
  } finally {
    await file.close();
  }
  return true;
}

const bodyAttempts = 5;
const rangeBytes = 8 * 1024 * 1024;

async function answerTo(
  { clients }: S3Bucket,
  command: GetObjectCommand,
): Promise<GetObjectCommandOutput | S3Content | undefined> {
  try {
    return await clients.data.send(command);
  } catch (error) {
    if (isNoSuchKey(error)) return undefined;
    // No byte of the object lies in the range.
    if (statusOf(error) === 416) return { bytes: new Uint8Array(), sizeBytes: 0, eTag: undefined };
    throw error;
  }
}

async function contentOf({ Body, ContentLength, ContentRange, ETag }: GetObjectCommandOutput): Promise<S3Content> {
  const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
  if (ContentLength !== undefined && bytes.length !== ContentLength) {
    throw Object.assign(new Error(`the answer broke off after ${bytes.length} of ${ContentLength} bytes`), {
      code: 'ECONNRESET',
    });
  }
  const total = /\/(\d+)$/.exec(ContentRange ?? '')?.[1];
  return { bytes, sizeBytes: total === undefined ? bytes.length : Number(total), eTag: ETag };
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}
