import type { CompletedPart } from '@aws-sdk/client-s3';
import { open, type FileHandle } from 'node:fs/promises';
import { attempt, type S3Bucket } from './s3-bucket.ts';
import { s3Sdk } from './s3-sdk.ts';

/** A file of more than this goes in parts of this size. */
export const partBytes = 8 * 1024 * 1024;
/** Amazon S3 multipart upload limits. */
const maxParts = 10_000;
/** So many parts are in memory. */
const partsAtATime = 2;

/** Copies a local file to an object, in parts where it is large, so that its size does not count in memory. */
export function uploadFile(bucket: S3Bucket, key: string, localFile: string): Promise<void> {
  return attempt(bucket, 'writing', key, async () => {
    const file = await open(localFile, 'r');
    try {
      const { size } = await file.stat();
      if (size > partBytes) await uploadInParts(bucket, key, file, size);
      else await putWhole(bucket, key, await readPart(file, 0, size));
    } finally {
      await file.close();
    }
  });
}

/** Creates or replaces an object. */
export async function putWhole({ name, clients }: S3Bucket, key: string, bytes: Uint8Array): Promise<void> {
  await clients.data.send(new (s3Sdk().PutObjectCommand)({ Bucket: name, Key: key, Body: bytes }));
}

/** Uploads in parts that this process has begun and not ended. */
const openUploads = new Set<() => Promise<unknown>>();

/** For a process that is about to end in the middle of its work: what it has sent would be kept, and paid for. */
export async function abortOpenUploads(): Promise<void> {
  await Promise.allSettled([...openUploads].map((abort) => abort()));
}

async function uploadInParts(bucket: S3Bucket, key: string, file: FileHandle, sizeBytes: number): Promise<void> {
  const { data } = bucket.clients;
  const target = { Bucket: bucket.name, Key: key };
  const { UploadId } = await data.send(new (s3Sdk().CreateMultipartUploadCommand)(target));
  const abort = (): Promise<unknown> => data.send(new (s3Sdk().AbortMultipartUploadCommand)({ ...target, UploadId }));
  openUploads.add(abort);
  try {
    const parts = await sendParts(bucket, { ...target, UploadId }, file, sizeBytes);
    await data.send(
      new (s3Sdk().CompleteMultipartUploadCommand)({ ...target, UploadId, MultipartUpload: { Parts: parts } }),
    );
  } catch (error) {
    // Parts of an upload that is never completed are kept, and paid for, until it is aborted.
    await abort().catch(() => undefined);
    throw error;
  } finally {
    openUploads.delete(abort);
  }
}

async function sendParts(
  { clients }: S3Bucket,
  target: { readonly Bucket: string; readonly Key: string; readonly UploadId: string | undefined },
  file: FileHandle,
  sizeBytes: number,
): Promise<CompletedPart[]> {
  const sizeOfPart = Math.max(partBytes, Math.ceil(sizeBytes / maxParts));
  const count = Math.ceil(sizeBytes / sizeOfPart);
  const parts: CompletedPart[] = [];
  let next = 0;
  const sendNext = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      const start = index * sizeOfPart;
      const Body = await readPart(file, start, Math.min(sizeOfPart, sizeBytes - start));
      try {
        const { ETag } = await clients.data.send(
          new (s3Sdk().UploadPartCommand)({ ...target, PartNumber: index + 1, Body }),
        );
        parts[index] = { PartNumber: index + 1, ETag };
      } catch (error) {
        next = count;
        throw error;
      }
    }
  };
  const lanes = await Promise.allSettled(Array.from({ length: partsAtATime }, sendNext));
  for (const lane of lanes) if (lane.status === 'rejected') throw lane.reason;
  return parts;
}

async function readPart(file: FileHandle, start: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, start + done);
    if (bytesRead === 0) throw new Error('the file became shorter while it was read');
    done += bytesRead;
  }
  return bytes;
}
