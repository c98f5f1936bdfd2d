import { describe, expect, it } from 'vitest';
import { checkChecksum, isAbortMarker, recordBatches } from '../../../src/kafka/record-batch.ts';
import { encodeMarker, encodeRecordBatch } from '../../support/record-batch.ts';

const one = encodeRecordBatch({ baseOffset: 10n, records: [{ offsetDelta: 0 }, { offsetDelta: 1 }] });
const two = encodeRecordBatch({ baseOffset: 12n, lastOffsetDelta: 7, records: [{ offsetDelta: 3 }] });

describe('recordBatches', () => {
  it('tells where a batch ends by its last offset, not by its last record', () => {
    const batches = [...recordBatches(Buffer.concat([one, two]))];
    expect(batches.map(({ baseOffset, nextOffset }) => [baseOffset, nextOffset])).toEqual([
      [10n, 12n],
      [12n, 20n],
    ]);
  });

  it('leaves out a last batch that is cut off, wherever it is cut', () => {
    for (let length = 0; length < two.length; length++) {
      expect([...recordBatches(Buffer.concat([one, two.subarray(0, length)]))]).toHaveLength(1);
    }
  });

  it('refuses the record formats before v2', () => {
    const old = Buffer.from(one);
    old.writeInt8(1, 16);
    expect(() => [...recordBatches(old)]).toThrow('record format v1');
  });
});

describe('checkChecksum', () => {
  it('notices a flipped bit, wherever it is', () => {
    for (let position = 21; position < one.length; position++) {
      const damaged = Buffer.from(one);
      damaged.writeUInt8(damaged.readUInt8(position) ^ 0x04, position);
      const [batch] = recordBatches(damaged);
      expect(() => batch && checkChecksum(batch)).toThrow('is corrupt');
    }
  });
});

describe('isAbortMarker', () => {
  it.each(['commit', 'abort'] as const)('reads a %s marker', (outcome) => {
    const [batch] = recordBatches(encodeMarker(0n, 9n, outcome));
    expect(batch && isAbortMarker(batch)).toBe(outcome === 'abort');
  });
});
