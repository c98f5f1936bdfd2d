import { randomUUID } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { DeletionVectorDescriptor } from '../actions.ts';
import { bitmapMagic, vectorPath } from './deletion-vector.ts';
import { printRoaringTreemap } from './print-roaring-bitmap.ts';
import { encodeZ85 } from './z85.ts';

export interface WrittenVectors {
  /** In the order of what was given. */
  readonly descriptors: readonly DeletionVectorDescriptor[];
  /** The file that holds those which are not in the log itself; absent where all are. */
  readonly file?: { readonly path: string; readonly sizeBytes: number };
}

/** Vectors up to this size are in the log: a file for a few rows would cost a request for each of its readers. */
const largestInlineBytes = 256;
const fileVersion = 1;

/**
 * Makes the deletion vectors of a commit, all that are larger than a few bytes in one file in the table's root
 * (PROTOCOL.md, Deletion Vector Format). Each one is all deleted rows of a data file, as indexes that ascend. The file
 * is durable, and no commit names it yet.
 */
export async function writeDeletionVectors(
  store: ObjectStore,
  vectors: readonly (readonly bigint[])[],
): Promise<WrittenVectors> {
  const uuid = randomUUID();
  const descriptors: DeletionVectorDescriptor[] = [];
  const parts: Uint8Array[] = [Buffer.of(fileVersion)];
  let offset = 1;
  for (const rows of vectors) {
    const data = Buffer.concat([uint32(bitmapMagic, 'little'), printRoaringTreemap(rows)]);
    const size = { sizeInBytes: data.length, cardinality: rows.length };
    if (data.length <= largestInlineBytes) {
      descriptors.push({ storageType: 'i', pathOrInlineDv: encodeZ85(data), ...size });
    } else {
      descriptors.push({ storageType: 'u', pathOrInlineDv: encodedUuid(uuid), offset, ...size });
      parts.push(uint32(data.length, 'big'), data, uint32(crc32(data), 'big'));
      offset += data.length + 8;
    }
  }
  if (parts.length === 1) return { descriptors };
  const path = vectorPath(uuid);
  await store.put(path, Buffer.concat(parts));
  return { descriptors, file: { path, sizeBytes: offset } };
}

function encodedUuid(uuid: string): string {
  return encodeZ85(Buffer.from(uuid.replaceAll('-', ''), 'hex'));
}

function uint32(value: number, order: 'little' | 'big'): Buffer {
  const bytes = Buffer.alloc(4);
  if (order === 'little') bytes.writeUInt32LE(value);
  else bytes.writeUInt32BE(value);
  return bytes;
}
