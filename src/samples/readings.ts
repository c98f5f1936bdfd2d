import { firstEventMs, isoTime } from './event-time.ts';
import type { SampleDefect, SampleRecord } from './sample-event.ts';
import { hashText, SeededRandom } from './seeded-random.ts';

const sensors = 10;
/** Five readings a second. */
const stepMs = 200;
const jitterMs = 1500;
const lateShare = 0.03;
const maxLateMs = 90_000;
const defectShare = 0.01;
const defects: readonly SampleDefect[] = [
  'brokenJson',
  'emptyValue',
  'tombstone',
  'invalidUtf8',
  'wrongType',
  'missingField',
  'unreadableTime',
];

/**
 * A record of the topic events: ten sensors, one after the other, each with its id as the key. Neighbours are out of
 * order, and three in a hundred late by up to a minute and a half, as a watermark has to expect.
 */
export function readingRecord(seed: number, index: number): SampleRecord {
  const random = new SeededRandom(seed ^ hashText('events'), index);
  const defect = random.chance(defectShare) ? random.pick(defects) : undefined;
  const id = index % sensors;
  const lateMs = random.chance(lateShare) ? random.int(maxLateMs) : 0;
  const reading = {
    id,
    ts: isoTime(firstEventMs + index * stepMs - random.int(jitterMs) - lateMs),
    value: random.decimal(0, 100, 2),
    source: 'sim-producer',
  };
  return { key: String(id), value: valueOf(reading, defect, random), defect };
}

function valueOf(reading: object, defect: SampleDefect | undefined, random: SeededRandom): Buffer | null {
  const text = JSON.stringify(reading);
  switch (defect) {
    case 'brokenJson':
      return Buffer.from(text.slice(0, 1 + random.int(text.length - 1)));
    case 'emptyValue':
      return Buffer.alloc(0);
    case 'tombstone':
      return null;
    case 'invalidUtf8':
      return Buffer.concat([Buffer.from(text.slice(0, -2)), Buffer.of(0xff, 0x22, 0x7d)]);
    case 'wrongType':
      return Buffer.from(JSON.stringify({ ...reading, value: 'hot' }));
    case 'missingField':
      return Buffer.from(JSON.stringify({ ...reading, ts: undefined }));
    case 'unreadableTime':
      return Buffer.from(JSON.stringify({ ...reading, ts: 'yesterday' }));
    default:
      return Buffer.from(text);
  }
}
