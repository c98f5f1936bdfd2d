import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { protobufFromPlain } from '../decode/protobuf/protobuf-codec.ts';
import { eventTimeMs } from './event-time.ts';
import type { SampleDefect, SampleRecord } from './sample-event.ts';
import { hashText, SeededRandom } from './seeded-random.ts';

const defectShare = 0.02;
const defects: readonly SampleDefect[] = ['truncated', 'invalidUtf8', 'missingField', 'unreadableTime', 'tombstone'];
const stepMs = 200;
const deviceCount = 200;
const sites = ['Köln', 'São Paulo', '東京', 'Lagos', 'Ashburn'] as const;
/** Field 9, a text, of one byte that is in no UTF-8. */
const noteThatIsNoText = Buffer.of((9 << 3) | 2, 1, 0xff);
const endOfTimeSeconds = 300_000_000_000; // the year 11476

let encode: ReturnType<typeof protobufFromPlain> | undefined;

/** The schema is the job's own, and read where the first message is made. */
function encodeDeviceEvent(event: Readonly<Record<string, unknown>>): Buffer {
  encode ??= protobufFromPlain({
    text: readFileSync(join(import.meta.dirname, '..', '..', 'jobs', 'schemas', 'dev_topic.proto'), 'utf8'),
    references: [],
    message: 'bronze.dev.v1.DeviceEvent',
  });
  return Buffer.from(encode(event));
}

/** A Protobuf message of a device, with its id as key. */
export function deviceEventRecord(seed: number, index: number): SampleRecord {
  const random = new SeededRandom(seed ^ hashText('dev_topic'), index);
  const defect = random.chance(defectShare) ? random.pick(defects) : undefined;
  const device = random.int(deviceCount);
  const key = `device-${device}`;
  const event = deviceEvent(random, index, device);
  const headers = random.chance(0.8) ? { 'trace-id': random.uuid() } : {};
  return { key, value: damaged(event, defect), headers, defect };
}

function damaged(event: Readonly<Record<string, unknown>>, defect: SampleDefect | undefined): Buffer | null {
  switch (defect) {
    case 'tombstone':
      return null;
    case 'truncated':
      return encodeDeviceEvent(event).subarray(0, -1);
    case 'invalidUtf8':
      return Buffer.concat([encodeDeviceEvent(event), noteThatIsNoText]);
    case 'missingField':
      return encodeDeviceEvent({ ...event, event_id: '' });
    case 'unreadableTime':
      return encodeDeviceEvent({ ...event, event_time: { seconds: endOfTimeSeconds } });
    default:
      return encodeDeviceEvent(event);
  }
}

function deviceEvent(random: SeededRandom, index: number, device: number): Readonly<Record<string, unknown>> {
  const ofDevice = new SeededRandom(device, 2);
  const timeMs = eventTimeMs(random, index, stepMs);
  const kind = random.pick([
    'KIND_MEASUREMENT',
    'KIND_MEASUREMENT',
    'KIND_MEASUREMENT',
    'KIND_HEARTBEAT',
    'KIND_ALARM',
  ]);
  const measured = kind === 'KIND_MEASUREMENT' ? 1 + random.int(3) : 0;
  const quantities = [
    ['temperature', random.decimal(-20, 45, 2), '°C'],
    ['humidity', random.decimal(0, 1, 3), ''],
    ['pressure', random.decimal(960, 1040, 1), 'hPa'],
  ] as const;
  return {
    event_id: random.uuid(),
    event_time: { seconds: Math.floor(timeMs / 1000), nanos: (timeMs % 1000) * 1_000_000 },
    kind,
    device: { id: `device-${device}`, model: ofDevice.pick(['T-100', 'T-200', 'H-7']), firmware: 1 + ofDevice.int(9) },
    measurements: quantities.slice(0, measured).map(([name, value, unit]) => ({ name, value, unit })),
    labels: { site: ofDevice.pick(sites), ...(ofDevice.chance(0.2) && { owner: 'lab' }) },
    ...(ofDevice.chance(0.7) && { battery: random.decimal(0, 1, 2) }),
    sequence: index,
    ...(kind === 'KIND_ALARM' && { note: random.pick(['door open', 'zu heiß 🔥', 'tilt']) }),
    ...(kind === 'KIND_HEARTBEAT' && random.chance(0.1) && { image: Buffer.of(0xff, 0xd8, random.int(256)) }),
  };
}
