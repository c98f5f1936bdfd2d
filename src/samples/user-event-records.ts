import type { SampleDefect, SampleRecord } from './sample-event.ts';
import { hashText, SeededRandom } from './seeded-random.ts';
import { userEvent, type UserEvent } from './user-events.ts';

const defectShare = 0.15;
const defects: readonly SampleDefect[] = [
  'brokenJson',
  'notANumber',
  'notAnObject',
  'emptyValue',
  'tombstone',
  'invalidUtf8',
  'missingField',
  'wrongType',
  'unreadableTime',
  'malformedId',
  'invalidHeader',
  'testTraffic',
  ...Array.from({ length: 6 }, () => 'duplicate' as const),
];
const nearby = 20;
const farAway = 2000;
const notUtf8 = Buffer.of(0x66, 0xff);

/** A record of the topic user_events: of every kind of dirt there is something. */
export function userEventRecord(seed: number, index: number): SampleRecord {
  const random = new SeededRandom(seed ^ hashText('user_events dirt'), index);
  const defect = drawDefect(random);
  if (defect === 'duplicate') {
    const source = index - 1 - random.int(random.chance(0.3) ? farAway : nearby);
    const isSound =
      source >= 0 && drawDefect(new SeededRandom(seed ^ hashText('user_events dirt'), source)) === undefined;
    return isSound ? duplicate(random, userEvent(seed, source)) : sound(random, userEvent(seed, index));
  }
  const event = userEvent(seed, index);
  return defect === undefined ? sound(random, event) : damaged(random, event, defect);
}

function drawDefect(random: SeededRandom): SampleDefect | undefined {
  return random.chance(defectShare) ? random.pick(defects) : undefined;
}

/** The key is the user's id, and now and then no text; the header is missing, or there twice. */
function sound(random: SeededRandom, { userId, traceId, body }: UserEvent): SampleRecord {
  const key = random.chance(0.01) ? Buffer.concat([Buffer.from(userId), notUtf8]) : userId;
  const traces = random.chance(0.1) ? ['retried', traceId] : traceId;
  const headers = random.chance(0.1) ? {} : { 'trace-id': traces, source: 'web' };
  return { key, value: json(body), headers, defect: undefined };
}

/** A retry: from the same client, or through a gateway that knows another key, and so another topic partition. */
function duplicate(random: SeededRandom, { userId, body, traceId }: UserEvent): SampleRecord {
  const key = random.chance(0.5) ? userId : `gateway-${random.int(100)}`;
  return { key, value: json(body), headers: { 'trace-id': traceId }, defect: 'duplicate' };
}

function damaged(random: SeededRandom, event: UserEvent, defect: SampleDefect): SampleRecord {
  const headers = defect === 'invalidHeader' ? { 'trace-id': notUtf8 } : { 'trace-id': event.traceId };
  return { key: event.userId, value: damagedValue(random, event.body, defect), headers, defect };
}

function damagedValue(random: SeededRandom, body: UserEvent['body'], defect: SampleDefect): Buffer | null {
  switch (defect) {
    case 'brokenJson': {
      const text = JSON.stringify(body);
      return Buffer.from(text.slice(0, 1 + random.int(text.length - 1)));
    }
    case 'notANumber':
      return Buffer.from(JSON.stringify({ ...body, amount: 0 }).replace('"amount":0', '"amount":NaN'));
    case 'notAnObject':
      return json([body]);
    case 'emptyValue':
      return Buffer.alloc(0);
    case 'tombstone':
      return null;
    case 'invalidUtf8':
      return Buffer.concat([Buffer.from('{"event_id":"'), notUtf8, Buffer.from('"}')]);
    case 'missingField':
      return json({ ...body, event_id: undefined });
    case 'wrongType':
      return json({ ...body, user: random.pick<unknown>(['u_1', ['u_1'], { contacts: 'none' }]) });
    case 'unreadableTime':
      return json({ ...body, event_timestamp: random.pick<unknown>(['yesterday', '2026-02-30T00:00:00Z', '1e400']) });
    case 'malformedId':
      return json({ ...body, event_id: body.event_id.slice(1) });
    case 'testTraffic':
      return json({ ...body, is_test: true });
    default:
      return json(body);
  }
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}
