import { cookieWithoutRuns, cookieWithRuns, fewestContainersWithOffsets, largestArray } from './roaring-format.ts';

/**
 * The portable serialization of a 64-bit Roaring bitmap (RoaringFormatSpec, "extension for 64-bit implementations"), as
 * `readRoaringTreemap` reads it. `values` ascend, without repetition.
 */
export function printRoaringTreemap(values: readonly bigint[]): Buffer {
  const buckets: Buffer[] = [];
  let lows: number[] = [];
  let high: bigint | undefined;
  const endBucket = (): void => {
    if (high !== undefined) buckets.push(uint32(Number(high)), printRoaringBitmap(lows));
    lows = [];
  };
  for (const value of values) {
    if (value >> 32n !== high) endBucket();
    high = value >> 32n;
    lows.push(Number(value & 0xffffffffn));
  }
  endBucket();
  const count = Buffer.alloc(8);
  count.writeBigUInt64LE(BigInt(buckets.length / 2));
  return Buffer.concat([count, ...buckets]);
}

const bitmapBytes = 8192;

interface Container {
  /** The upper half of each value. */
  readonly key: number;
  readonly cardinality: number;
  readonly hasRuns: boolean;
  readonly body: Buffer;
}

function printRoaringBitmap(values: readonly number[]): Buffer {
  const containers = containersOf(values);
  const withRuns = containers.some(({ hasRuns }) => hasRuns);
  const count = containers.length;
  const start = withRuns
    ? Buffer.concat([uint32(cookieWithRuns | ((count - 1) << 16)), runFlags(containers)])
    : Buffer.concat([uint32(cookieWithoutRuns), uint32(count)]);
  const headers = Buffer.alloc(count * 4);
  for (const [index, { key, cardinality }] of containers.entries()) {
    headers.writeUInt16LE(key, index * 4);
    headers.writeUInt16LE(cardinality - 1, index * 4 + 2);
  }
  const offsets = Buffer.alloc(withRuns && count < fewestContainersWithOffsets ? 0 : count * 4);
  let at = start.length + headers.length + offsets.length;
  for (const [index, { body }] of containers.entries()) {
    if (offsets.length > 0) offsets.writeUInt32LE(at, index * 4);
    at += body.length;
  }
  return Buffer.concat([start, headers, offsets, ...containers.map(({ body }) => body)]);
}

function containersOf(values: readonly number[]): Container[] {
  const containers: Container[] = [];
  for (let from = 0; from < values.length;) {
    const key = (values[from] ?? 0) >>> 16;
    let to = from;
    while (to < values.length && (values[to] ?? 0) >>> 16 === key) to += 1;
    const lows = Uint16Array.from(values.slice(from, to));
    containers.push({ key, cardinality: lows.length, ...smallestForm(lows) });
    from = to;
  }
  return containers;
}

function smallestForm(lows: Uint16Array): Pick<Container, 'hasRuns' | 'body'> {
  const otherBytes = lows.length <= largestArray ? lows.length * 2 : bitmapBytes;
  const runs = runsOf(lows);
  if (2 + runs.length * 4 < otherBytes) return { hasRuns: true, body: printRuns(runs) };
  return { hasRuns: false, body: lows.length <= largestArray ? printArray(lows) : printBits(lows) };
}

interface Run {
  readonly start: number;
  last: number;
}

function runsOf(lows: Uint16Array): Run[] {
  const runs: Run[] = [];
  let run: Run | undefined;
  for (const low of lows) {
    if (run?.last === low - 1) run.last = low;
    else {
      run = { start: low, last: low };
      runs.push(run);
    }
  }
  return runs;
}

function printRuns(runs: readonly Run[]): Buffer {
  const body = Buffer.alloc(2 + runs.length * 4);
  body.writeUInt16LE(runs.length, 0);
  for (const [index, { start, last }] of runs.entries()) {
    body.writeUInt16LE(start, 2 + index * 4);
    body.writeUInt16LE(last - start, 4 + index * 4);
  }
  return body;
}

function printArray(lows: Uint16Array): Buffer {
  const body = Buffer.alloc(lows.length * 2);
  for (const [index, low] of lows.entries()) body.writeUInt16LE(low, index * 2);
  return body;
}

function printBits(lows: Uint16Array): Buffer {
  const body = Buffer.alloc(bitmapBytes);
  for (const low of lows) body[low >> 3] = (body[low >> 3] ?? 0) | (1 << (low & 7));
  return body;
}

function runFlags(containers: readonly Container[]): Buffer {
  const flags = Buffer.alloc(Math.ceil(containers.length / 8));
  for (const [index, { hasRuns }] of containers.entries()) {
    if (hasRuns) flags[index >> 3] = (flags[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return flags;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value >>> 0);
  return bytes;
}
