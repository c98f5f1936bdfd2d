import { crc32 } from 'node:zlib';
import { BronzeError, errorMessage } from '../../errors.ts';
import type { DeletionVectorDescriptor } from '../actions.ts';
import { readRoaringTreemap } from './roaring-bitmap.ts';
import { decodeZ85 } from './z85.ts';

/** Where the bytes of a deletion vector are (PROTOCOL.md, Deletion Vector Descriptor Schema). */
export type DeletionVectorLocation =
  | { readonly kind: 'inline'; readonly bytes: Uint8Array }
  /** A path in the table's store. */
  | { readonly kind: 'relative'; readonly path: string }
  | { readonly kind: 'absolute'; readonly uri: string };

/** @throws BronzeError `TABLE_CORRUPT` for a descriptor that is none, `TABLE_FEATURE_UNSUPPORTED` for another storage. */
export function locateDeletionVector(descriptor: DeletionVectorDescriptor): DeletionVectorLocation {
  const { storageType, pathOrInlineDv } = descriptor;
  switch (storageType) {
    case 'i':
      return { kind: 'inline', bytes: decoded(pathOrInlineDv) };
    case 'u':
      return { kind: 'relative', path: relativePath(pathOrInlineDv) };
    case 'p':
      return { kind: 'absolute', uri: pathOrInlineDv };
    default:
      throw new BronzeError(
        'TABLE_FEATURE_UNSUPPORTED',
        `deletion vectors of storage type "${storageType}" are not supported (deletionVectors)`,
      );
  }
}

/** The last 20 characters are a UUID in Z85, all before them is a folder. */
function relativePath(text: string): string {
  const folder = text.slice(0, -20);
  const hex = Buffer.from(decoded(text.slice(-20))).toString('hex');
  const uuid = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return `${folder === '' ? '' : `${folder}/`}${vectorPath(uuid)}`;
}

/** The name of a file of deletion vectors in the table's root. */
export function vectorPath(uuid: string): string {
  return `deletion_vector_${uuid}.bin`;
}

function decoded(text: string): Uint8Array {
  const bytes = decodeZ85(text);
  if (!bytes) throw new BronzeError('TABLE_CORRUPT', `"${text}" in a deletion vector's descriptor is not Z85`);
  return bytes;
}

/** What a vector's bytes begin with (PROTOCOL.md, Deletion Vector Format). */
export const bitmapMagic = 1681511377;

/**
 * The indexes of the deleted rows in their data file, ascending.
 * @param bytes inline, the vector itself; else the file that holds it
 * @throws BronzeError `TABLE_CORRUPT` naming `place`.
 */
export function readDeletedRows(
  descriptor: DeletionVectorDescriptor,
  bytes: Uint8Array,
  place: string,
): readonly bigint[] {
  const { storageType, cardinality } = descriptor;
  try {
    const data = storageType === 'i' ? bytes.subarray(0, descriptor.sizeInBytes) : storedVector(descriptor, bytes);
    const magic = Buffer.from(data.buffer, data.byteOffset, data.byteLength).readUInt32LE(0);
    if (magic !== bitmapMagic) throw new RangeError(`the magic number is ${magic}`);
    const rows = [...readRoaringTreemap(data.subarray(4))];
    if (rows.length !== cardinality) throw new RangeError(`it has ${rows.length} rows, not ${cardinality}`);
    return rows;
  } catch (cause) {
    throw new BronzeError('TABLE_CORRUPT', `the deletion vector in ${place} cannot be read: ${errorMessage(cause)}`, {
      cause,
    });
  }
}

/** PROTOCOL.md, Deletion Vector File Storage Format: size, data and checksum, big-endian. */
function storedVector({ offset = 1, sizeInBytes }: DeletionVectorDescriptor, bytes: Uint8Array): Uint8Array {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = file.readUInt32BE(offset);
  if (size !== sizeInBytes) throw new RangeError(`it takes ${size} bytes, not ${sizeInBytes}`);
  const data = file.subarray(offset + 4, offset + 4 + size);
  if (crc32(data) !== file.readUInt32BE(offset + 4 + size)) throw new RangeError('its checksum is wrong');
  return data;
}
