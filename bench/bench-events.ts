/**
 * The events of the bench: the same for the same index and seed, so that a topic can be filled from any point by
 * anyone. `gps` records are 264 bytes on average; `api` records are 680, and every hundredth of them is broken JSON.
 */
export function benchEvent(events: BenchEvents, index: number, seed: number): string {
  const random = randomOf(index, seed);
  if (typeof events !== 'string') return reading(index, events.keys, random);
  return events === 'gps' ? gpsEvent(index, random) : apiEvent(index, random);
}

/** Of readings with so many keys, each key has one of the first, and the others are of any. */
export type BenchEvents = 'gps' | 'api' | { readonly keys: number };

type Random = () => number;

/** splitmix32 over the index: no state from one record to the next. */
function randomOf(index: number, seed: number): Random {
  let state = (Math.imul(index + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b)) | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 4294967296;
  };
}

const below = (random: Random, limit: number): number => Math.floor(random() * limit);
const rounded = (random: Random, limit: number, digits: number): number => Number((random() * limit).toFixed(digits));
const hex = (random: Random): string => below(random, 0x100000000).toString(16).padStart(8, '0');

function uuid(random: Random): string {
  const [a, b, c, d] = [hex(random), hex(random), hex(random), hex(random)];
  return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-a${c.slice(1, 4)}-${c.slice(4)}${d}`;
}

/** Two hours of event time, gone through again and again. */
function eventTime(index: number): string {
  return new Date(Date.UTC(2026, 10, 20, 7) + ((index * 37) % 7_200_000)).toISOString();
}

function pick(random: Random, values: readonly string[]): string {
  return values[below(random, values.length)] ?? '';
}

function reading(index: number, keys: number, random: Random): string {
  const id = `sensor_${index < keys ? index : below(random, keys)}`;
  return JSON.stringify({ id, ts: eventTime(index), value: rounded(random, 100, 3) });
}

function gpsEvent(index: number, random: Random): string {
  return JSON.stringify({
    event_id: uuid(random),
    driver_id: `drv_${below(random, 20_000)}`,
    entity_type: 'driver',
    timestamp: eventTime(index),
    location: [-23.5 + rounded(random, 1, 6), -46.6 + rounded(random, 1, 6)].map((degrees) =>
      Number(degrees.toFixed(6)),
    ),
    heading: rounded(random, 360, 1),
    speed: rounded(random, 80, 1),
    accuracy: rounded(random, 10, 2),
    trip_id: uuid(random),
  });
}

function apiEvent(index: number, random: Random): string {
  if (index % 100 === 99) return '{"event_id": "broken", "tenant": ';
  return JSON.stringify({
    event_id: uuid(random),
    event_version: '1.0',
    event_timestamp: eventTime(index),
    tenant_id: `tenant_${below(random, 500)}`,
    subscription: {
      plan: pick(random, ['free', 'pro', 'enterprise']),
      status: 'active',
      region: pick(random, ['us-east-1', 'eu-west-1']),
    },
    user: { user_id: `u_${below(random, 50_000)}`, email: `user${below(random, 50_000)}@example.com`, role: 'admin' },
    api: {
      method: pick(random, ['GET', 'POST', 'PUT']),
      endpoint: `/v1/resource/${below(random, 200)}`,
      version: 'v1',
      operation_id: `op${below(random, 300)}`,
    },
    request: {
      request_id: uuid(random),
      size_bytes: below(random, 20_000),
      ip: `10.${below(random, 255)}.${below(random, 255)}.${below(random, 255)}`,
      user_agent: 'python-requests/2.31.0',
    },
    response: {
      status_code: Number(pick(random, ['200', '200', '200', '400', '500'])),
      latency_ms: rounded(random, 500, 2),
      size_bytes: below(random, 50_000),
      cached: random() < 0.3,
    },
    billing: { billable: true, units: below(random, 10), unit_price: 0.0015, currency: 'USD' },
  });
}
