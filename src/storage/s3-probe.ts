import { randomUUID } from 'node:crypto';
import { BronzeError } from '../errors.ts';
import type { PutIfAbsentOutcome } from './object-store.ts';
import type { S3Bucket } from './s3-bucket.ts';
import { describeConnection } from './s3-connection.ts';
import { createObject } from './s3-create.ts';
import { s3Sdk } from './s3-sdk.ts';

const rounds = 2;
const creators = 16;

/** Buckets that this process has looked at. A failure is not remembered: the next commit looks again. */
const probed = new Map<string, Promise<void>>();

/**
 * Makes sure, once per process and bucket, that of concurrent conditional creates one wins, and that an existing object
 * is never replaced: on a store without that, two writers would overwrite each other's commits, and both would be told
 * that they had succeeded.
 * @throws BronzeError `STORAGE_UNSAFE`, and what creating throws.
 */
export function assertSafeCreation(bucket: S3Bucket, prefix: string): Promise<void> {
  const place = JSON.stringify([bucket.connection, bucket.name]);
  const known = probed.get(place);
  if (known) return known;
  const probing = probeCreation(bucket, prefix);
  probed.set(place, probing);
  probing.catch(() => probed.delete(place));
  return probing;
}

/** The probe itself. Its objects are gone afterwards, whatever it finds. */
export async function probeCreation(bucket: S3Bucket, prefix: string): Promise<void> {
  for (let round = 0; round < rounds; round += 1) {
    const key = `${prefix}_probe/${randomUUID()}`;
    try {
      judge(bucket, await Promise.all(Array.from({ length: creators }, (_, writer) => create(bucket, key, writer))), 1);
      judge(bucket, [await create(bucket, key, creators)], 0);
    } finally {
      // Who may not delete leaves an empty trace; that is no reason not to write.
      await bucket.clients.data
        .send(new (s3Sdk().DeleteObjectCommand)({ Bucket: bucket.name, Key: key }))
        .catch(() => undefined);
    }
  }
}

async function create(bucket: S3Bucket, key: string, writer: number): Promise<PutIfAbsentOutcome> {
  try {
    return await createObject(bucket, key, Buffer.from(`creator ${writer}`));
  } catch (error) {
    // A store that does not know the header may say so.
    if (error instanceof BronzeError && error.code === 'STORAGE_MISCONFIGURED' && isNotImplemented(error)) {
      throw unsafe(bucket, 'it does not know conditional creates (If-None-Match)');
    }
    throw error;
  }
}

function judge(bucket: S3Bucket, outcomes: readonly PutIfAbsentOutcome[], expected: number): void {
  const created = outcomes.filter(({ kind }) => kind === 'created').length;
  if (created > expected) {
    const how = expected === 0 ? 'an existing object was replaced' : `${created} of ${outcomes.length} creators won`;
    throw unsafe(bucket, `${how}, where ${expected === 0 ? 'none' : 'one'} may`);
  }
  // What is unknown may be the winner; without one there is nothing to be learnt.
  const unknown = outcomes.find((outcome) => outcome.kind === 'unknown');
  if (created < expected && unknown) throw unknown.cause;
  if (created < expected) throw unsafe(bucket, 'an object that does not exist could not be created');
  if (expected === 0 && unknown) throw unknown.cause;
}

function isNotImplemented({ cause }: BronzeError): boolean {
  return cause instanceof Error && cause.name === 'NotImplemented';
}

function unsafe(bucket: S3Bucket, what: string): BronzeError {
  return new BronzeError(
    'STORAGE_UNSAFE',
    `tables cannot be kept in s3://${bucket.name} (${describeConnection(bucket.connection)}): ${what}. ` +
      'A table needs a store on which a conditional create (If-None-Match: *) never replaces an object',
  );
}
