/** How a container of a Roaring bitmap is stored. */
export type ContainerForm = 'array' | 'bitmap' | 'runs';

export interface TestContainer {
  /** The upper 16 bits of its values. */
  readonly key: number;
  readonly form: ContainerForm;
  /** The lower 16 bits, ascending. */
  readonly values: readonly number[];
}

/** A 64-bit Roaring bitmap in the portable format, written from its specification alone, container by container. */
export function roaringTreemapBytes(bitmaps: ReadonlyMap<number, readonly TestContainer[]>): Buffer {
  const parts = [uint(8, bitmaps.size)];
  for (const [key, containers] of bitmaps) parts.push(uint(4, key), roaringBytes(containers));
  return Buffer.concat(parts);
}

function roaringBytes(containers: readonly TestContainer[]): Buffer {
  const withRuns = containers.some(({ form }) => form === 'runs');
  const cookie = withRuns
    ? [uint(4, 12347 | ((containers.length - 1) << 16)), runFlags(containers)]
    : [uint(4, 12346), uint(4, containers.length)];
  const headers = containers.flatMap(({ key, values }) => [uint(2, key), uint(2, values.length - 1)]);
  const bodies = containers.map(containerBytes);
  const hasOffsets = !withRuns || containers.length >= 4;
  const before = Buffer.concat([...cookie, ...headers]);
  let at = before.length + (hasOffsets ? containers.length * 4 : 0);
  const offsets = bodies.map((body) => {
    const offset = uint(4, at);
    at += body.length;
    return offset;
  });
  return Buffer.concat([before, ...(hasOffsets ? offsets : []), ...bodies]);
}

function runFlags(containers: readonly TestContainer[]): Buffer {
  const flags = Buffer.alloc(Math.ceil(containers.length / 8));
  for (const [index, { form }] of containers.entries()) {
    if (form === 'runs') flags[index >> 3] = (flags[index >> 3] ?? 0) | (1 << (index & 7));
  }
  return flags;
}

function containerBytes({ form, values }: TestContainer): Buffer {
  if (form === 'array') return Buffer.concat(values.map((value) => uint(2, value)));
  if (form === 'bitmap') {
    const bits = Buffer.alloc(8192);
    for (const value of values) bits[value >> 3] = (bits[value >> 3] ?? 0) | (1 << (value & 7));
    return bits;
  }
  const runs: { start: number; last: number }[] = [];
  for (const value of values) {
    const run = runs.at(-1);
    if (run?.last === value - 1) run.last = value;
    else runs.push({ start: value, last: value });
  }
  const pairs = runs.flatMap(({ start, last }) => [uint(2, start), uint(2, last - start)]);
  return Buffer.concat([uint(2, runs.length), ...pairs]);
}

function uint(bytes: 2 | 4 | 8, value: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  if (bytes === 8) buffer.writeBigUInt64LE(BigInt(value));
  else buffer.writeUIntLE(value >>> 0, 0, bytes);
  return buffer;
}
