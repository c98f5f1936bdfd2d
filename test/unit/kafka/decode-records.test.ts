import { describe, expect, it } from 'vitest';
import { decodeRecords } from '../../../src/kafka/decode-records.ts';
import { recordBatches } from '../../../src/kafka/record-batch.ts';
import type { KafkaRecord } from '../../../src/model/batch/kafka-record.ts';
import { encodeRecordBatch, type BatchToEncode } from '../../support/record-batch.ts';

function decode(batch: BatchToEncode, start = 0n, end = 2n ** 60n): KafkaRecord[] {
  const records: KafkaRecord[] = [];
  for (const header of recordBatches(encodeRecordBatch(batch))) decodeRecords(header, 7, start, end, records);
  return records;
}

const three = [0, 1, 2].map((offsetDelta) => ({ offsetDelta, value: `v${offsetDelta}` }));

describe('decodeRecords', () => {
  it('gives coordinates, bytes and headers', () => {
    const [record] = decode({
      baseOffset: 41n,
      baseTimestampMs: 1000n,
      records: [{ offsetDelta: 1, timestampDelta: 5n, key: 'k', value: 'v', headers: [['h', 'x'], ['n', null]] }], // prettier-ignore
    });
    expect(record).toMatchObject({ partition: 7, offset: 42n, timestampMs: 1005n, timestampType: 'CreateTime' });
    expect([String(record?.key), String(record?.value)]).toEqual(['k', 'v']);
    expect(record?.headers.map(([key, value]) => [String(key), value && String(value)])).toEqual([
      ['h', 'x'],
      ['n', null],
    ]);
  });

  it('keeps null and empty apart', () => {
    const records = decode({
      baseOffset: 0n,
      records: [
        { offsetDelta: 0, key: null, value: '' },
        { offsetDelta: 1, key: '', value: null },
      ],
    });
    expect(records.map(({ key, value }) => [key?.length, value?.length])).toEqual([
      [undefined, 0],
      [0, undefined],
    ]);
  });

  it('takes only the offsets asked for', () => {
    expect(decode({ baseOffset: 10n, records: three }, 11n, 12n).map(({ offset }) => offset)).toEqual([11n]);
    expect(decode({ baseOffset: 10n, records: three }, 13n, 20n)).toEqual([]);
  });

  it('follows timestamps that go back, repeat, or are of no sane clock', () => {
    const deltas = [0n, 7n, 7n, -3n, 2n ** 40n, 2n ** 61n, 1n];
    const baseTimestampMs = 1_700_000_000_000n;
    const records = deltas.map((timestampDelta, offsetDelta) => ({ offsetDelta, timestampDelta }));
    const timestamps = decode({ baseOffset: 0n, baseTimestampMs, records }).map(({ timestampMs }) => timestampMs);
    expect(timestamps).toEqual(deltas.map((delta) => baseTimestampMs + delta));
  });

  it('keeps all digits of a base timestamp in nanoseconds', () => {
    const base = 1_700_000_000_123_456_789n;
    const records = [0n, 1n, 1n, 3n].map((timestampDelta, offsetDelta) => ({ offsetDelta, timestampDelta }));
    const timestamps = decode({ baseOffset: 0n, baseTimestampMs: base, records }).map((r) => r.timestampMs);
    expect(timestamps).toEqual([base, base + 1n, base + 1n, base + 3n]);
  });

  it('gives all records the time of the broker under LogAppendTime', () => {
    const records = [
      { offsetDelta: 0, timestampDelta: 9n },
      { offsetDelta: 1, timestampDelta: 2n ** 40n },
    ];
    const decoded = decode({ baseOffset: 0n, isLogAppendTime: true, maxTimestampMs: 77n, records });
    expect(decoded.map((r) => [r.timestampMs, r.timestampType])).toEqual([
      [77n, 'LogAppendTime'],
      [77n, 'LogAppendTime'],
    ]);
  });

  it('gives the leader epoch of the batch, where its broker knew one', () => {
    const epochs = [0, 41, -1].map((leaderEpoch) => decode({ baseOffset: 0n, leaderEpoch, records: three })[0]);
    expect(epochs.map((record) => record?.leaderEpoch)).toEqual([0, 41, undefined]);
  });

  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('reads %s', (compression) => {
    const values = decode({ baseOffset: 0n, compression, records: three }).map(({ value }) => String(value));
    expect(values).toEqual(['v0', 'v1', 'v2']);
  });

  it('refuses a record whose parts do not fill it', () => {
    const bytes = encodeRecordBatch({ baseOffset: 5n, records: [{ offsetDelta: 0, value: 'abc' }] });
    bytes.writeUInt8(bytes.readUInt8(61) + 2, 61);
    const [batch] = recordBatches(bytes);
    expect(() => batch && decodeRecords(batch, 3, 0n, 100n, [])).toThrow(/offset 5 of partition 3 cannot be decoded/);
  });

  it('refuses a batch that ends too early, whatever its length', () => {
    const whole = encodeRecordBatch({ baseOffset: 0n, records: three });
    for (let length = 62; length < whole.length; length++) {
      const cut = Buffer.from(whole.subarray(0, length));
      cut.writeInt32BE(length - 12, 8);
      const [batch] = recordBatches(cut);
      expect(() => batch && decodeRecords(batch, 0, 0n, 100n, [])).toThrow(
        expect.objectContaining({ code: 'KAFKA_PROTOCOL' }),
      );
    }
  });
});
