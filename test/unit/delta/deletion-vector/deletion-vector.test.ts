import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { DeletionVectorDescriptor } from '../../../../src/delta/actions.ts';
import { locateDeletionVector, readDeletedRows } from '../../../../src/delta/deletion-vector/deletion-vector.ts';
import { roaringTreemapBytes } from '../../../support/roaring-bytes.ts';

const inline: DeletionVectorDescriptor = {
  storageType: 'i',
  pathOrInlineDv: '^Bg9^0rr910000000000iXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L',
  sizeInBytes: 44,
  cardinality: 6,
};
const relative: DeletionVectorDescriptor = {
  storageType: 'u',
  pathOrInlineDv: 'ab^-aqEH.-t@S}K{vb[*k^',
  offset: 4,
  sizeInBytes: 40,
  cardinality: 6,
};

function stored(rows: readonly number[], offset: number): { file: Buffer; sizeInBytes: number } {
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(1681511377);
  const data = Buffer.concat([magic, roaringTreemapBytes(new Map([[0, [{ key: 0, form: 'array', values: rows }]]]))]);
  const file = Buffer.alloc(offset + 4 + data.length + 4, 1);
  file.writeUInt32BE(data.length, offset);
  data.copy(file, offset + 4);
  file.writeUInt32BE(crc32(data), offset + 4 + data.length);
  return { file, sizeInBytes: data.length };
}

describe('locateDeletionVector', () => {
  it('makes the name of a file of its UUID, in the folder before it', () => {
    expect(locateDeletionVector(relative)).toEqual({
      kind: 'relative',
      path: 'ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin',
    });
  });

  it('gives absolute paths as they are, and refuses what it does not know', () => {
    const uri = 's3://lake/t/deletion_vector_x.bin';
    expect(locateDeletionVector({ ...relative, storageType: 'p', pathOrInlineDv: uri })).toEqual({
      kind: 'absolute',
      uri,
    });
    expect(() => locateDeletionVector({ ...relative, storageType: 'z' })).toThrow(
      expect.objectContaining({ code: 'TABLE_FEATURE_UNSUPPORTED' }),
    );
    expect(() => locateDeletionVector({ ...inline, pathOrInlineDv: '~' })).toThrow(
      expect.objectContaining({ code: 'TABLE_CORRUPT' }),
    );
  });
});

describe('readDeletedRows', () => {
  it('reads an inline vector', () => {
    const location = locateDeletionVector(inline);
    if (location.kind !== 'inline') throw new Error(location.kind);
    expect(readDeletedRows(inline, location.bytes, 'the log')).toEqual([3n, 4n, 7n, 11n, 18n, 29n]);
  });

  it('reads a vector at its offset in a file', () => {
    const { file, sizeInBytes } = stored([0, 5, 9], 17);
    const descriptor = { ...relative, offset: 17, sizeInBytes, cardinality: 3 };
    expect(readDeletedRows(descriptor, file, 'file')).toEqual([0n, 5n, 9n]);
  });

  it.each([
    ['another size', (descriptor: DeletionVectorDescriptor) => ({ ...descriptor, sizeInBytes: 7 }), 'takes'],
    ['another cardinality', (descriptor: DeletionVectorDescriptor) => ({ ...descriptor, cardinality: 2 }), '3 rows'],
    ['another offset', (descriptor: DeletionVectorDescriptor) => ({ ...descriptor, offset: 99_999 }), 'cannot be read'],
  ])('refuses %s than the file has', (_what, change, message) => {
    const { file, sizeInBytes } = stored([0, 5, 9], 1);
    const descriptor = change({ ...relative, offset: 1, sizeInBytes, cardinality: 3 });
    const read = (): unknown => readDeletedRows(descriptor, file, 'x.bin');
    expect(read).toThrow(expect.objectContaining({ code: 'TABLE_CORRUPT' }));
    expect(read).toThrow(message);
    expect(read).toThrow('x.bin');
  });

  it('refuses bytes that changed since they were written', () => {
    const { file, sizeInBytes } = stored([0, 5, 9], 1);
    file[file.length - 6] = (file[file.length - 6] ?? 0) ^ 1;
    const descriptor = { ...relative, offset: 1, sizeInBytes, cardinality: 3 };
    expect(() => readDeletedRows(descriptor, file, 'x.bin')).toThrow('checksum');
  });
});
