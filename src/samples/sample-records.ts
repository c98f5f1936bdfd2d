import { apiUsageEvent } from './api-usage-events.ts';
import { deviceEventRecord } from './device-events.ts';
import { readingRecord } from './readings.ts';
import {
  driverProfileEvent,
  driverStatus,
  gpsPing,
  payment,
  rating,
  riderProfileEvent,
  surgeUpdate,
  tripEvent,
} from './rideshare-events.ts';
import type { SampleDefect, SampleEvent, SampleRecord } from './sample-event.ts';
import { hashText, SeededRandom } from './seeded-random.ts';
import type { SampleTopicName } from './topics.ts';
import { userEventRecord } from './user-event-records.ts';

/** Of the topics below, this share of the records is not as it should be. */
export const defectShare = 0.008;

/** Topics whose records are made as a whole. */
const recordsOf = { dev_topic: deviceEventRecord, user_events: userEventRecord, events: readingRecord } as const;

const rawDefects: readonly SampleDefect[] = ['brokenJson', 'emptyValue', 'tombstone', 'invalidUtf8'];
const parsedDefects: readonly SampleDefect[] = [...rawDefects, 'missingField', 'wrongType'];

/** Of topics of JSON with nothing but the values to be wrong. */
interface Generator {
  readonly event: (random: SeededRandom, index: number) => SampleEvent;
  /** Where values are parsed, fields can be missing or of the wrong type. */
  readonly defects: readonly SampleDefect[];
  readonly damageField?: (body: object, how: 'missingField' | 'wrongType') => object;
}

const generators: Readonly<Record<Exclude<SampleTopicName, keyof typeof recordsOf>, Generator>> = {
  gps_pings: { event: gpsPing, defects: rawDefects },
  trips: { event: tripEvent, defects: rawDefects },
  driver_status: { event: driverStatus, defects: rawDefects },
  surge_updates: { event: surgeUpdate, defects: rawDefects },
  ratings: { event: rating, defects: rawDefects },
  payments: { event: payment, defects: rawDefects },
  driver_profiles: { event: driverProfileEvent, defects: rawDefects },
  rider_profiles: { event: riderProfileEvent, defects: rawDefects },
  'api-usage-events.v1': {
    event: apiUsageEvent,
    defects: parsedDefects,
    damageField: (body, how) =>
      how === 'missingField' ? { ...body, event_id: undefined } : { ...body, response: { status_code: 'fast' } },
  },
};

/** The sample of a topic with this index: the same for the same seed, whoever asks and in whatever order. */
export function sampleRecord(topic: SampleTopicName, seed: number, index: number): SampleRecord {
  if (topic === 'dev_topic' || topic === 'user_events' || topic === 'events') return recordsOf[topic](seed, index);
  const generator = generators[topic];
  const random = new SeededRandom(seed ^ hashText(topic), index);
  const defect = random.chance(defectShare) ? random.pick(generator.defects) : undefined;
  const { key, body } = generator.event(random, index);
  return { key, value: serialize(body, defect, generator, random), defect };
}

function serialize(
  body: object,
  defect: SampleDefect | undefined,
  generator: Generator,
  random: SeededRandom,
): Buffer | null {
  switch (defect) {
    case 'missingField':
    case 'wrongType':
      return Buffer.from(JSON.stringify(generator.damageField?.(body, defect) ?? body));
    case 'brokenJson': {
      const text = JSON.stringify(body);
      return Buffer.from(text.slice(0, 1 + random.int(text.length - 1)));
    }
    case 'invalidUtf8': {
      const bytes = Buffer.from(JSON.stringify(body));
      bytes[bytes.length >> 1] = 0xff; // never part of UTF-8
      return bytes;
    }
    case 'emptyValue':
      return Buffer.alloc(0);
    case 'tombstone':
      return null;
    default:
      return Buffer.from(JSON.stringify(body));
  }
}
