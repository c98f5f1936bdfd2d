import type { WindowShape } from '../../../src/model/outputs/output-spec.ts';

/** A row of the job's table; times in microseconds, decimals as integers without their point. */
export interface GivenRow {
  readonly partition: number;
  readonly offset: bigint;
  /** In Kafka; -1 where there is none. */
  readonly timestampMs: bigint;
  readonly k: string | null;
  readonly t: bigint | null;
  readonly n: bigint | null;
  readonly d: bigint | null;
  readonly w: bigint | null;
  readonly x: number | null;
  readonly b: boolean | null;
}

export interface WindowContent {
  readonly start?: bigint;
  readonly end?: bigint;
  readonly key: readonly unknown[];
  /** In the order of their times, or of their offsets where there are no windows. */
  readonly rows: readonly GivenRow[];
}

export interface ReferenceRule {
  readonly shape: WindowShape | undefined;
  readonly delayUs: bigint;
  /** How far ahead of its timestamp a row may be that moves the watermark. */
  readonly maxAheadMs: bigint | undefined;
  readonly key: (row: GivenRow) => readonly unknown[];
}

export interface ReferenceResult {
  readonly all: readonly WindowContent[];
  /** Those that no later row can be in. */
  readonly final: readonly WindowContent[];
  readonly late: number;
  readonly nullEventTime: number;
  readonly aheadOfTime: number;
}

interface Placed {
  readonly row: GivenRow;
  readonly time: bigint;
  readonly watermark: bigint | undefined;
}

/** What windows hold, row by row and without any SQL. `partitions` are the rows of each topic partition by offset. */
export function referenceWindows(partitions: readonly (readonly GivenRow[])[], rule: ReferenceRule): ReferenceResult {
  const { shape, delayUs, maxAheadMs, key } = rule;
  if (shape === undefined) {
    const rows = partitions.flat().toSorted((a, b) => compare(a.offset, b.offset) || a.partition - b.partition);
    const all = [...byKey(rows, key)].map(([, of]) => ({ key: key(of[0]), rows: of }));
    return { all, final: [], late: 0, nullEventTime: 0, aheadOfTime: 0 };
  }
  const placed: Placed[] = [];
  const watermarks: (bigint | undefined)[] = [];
  let aheadOfTime = 0;
  for (const rows of partitions) {
    let greatest: bigint | undefined;
    for (const row of rows) {
      if (row.t === null) continue;
      placed.push({ row, time: row.t, watermark: greatest === undefined ? undefined : greatest - delayUs });
      const isAhead =
        maxAheadMs !== undefined && row.timestampMs >= 0n && row.t > (row.timestampMs + maxAheadMs) * 1000n;
      if (isAhead) aheadOfTime++;
      else if (greatest === undefined || row.t > greatest) greatest = row.t;
    }
    watermarks.push(greatest === undefined ? undefined : greatest - delayUs);
  }
  placed.sort(
    (a, b) => compare(a.time, b.time) || a.row.partition - b.row.partition || compare(a.row.offset, b.row.offset),
  );
  const { all, taken } =
    shape.kind === 'session' ? sessionsOf(placed, BigInt(shape.gapMs) * 1000n, key) : windowsOf(placed, shape, key);
  const known = watermarks.flatMap((watermark) => (watermark === undefined ? [] : [watermark]));
  const reached = known.length < partitions.length ? undefined : known.toSorted(compare)[0];
  const gap = shape.kind === 'session' ? BigInt(shape.gapMs) * 1000n : 0n;
  return {
    all,
    final: all.filter(({ end }) => reached !== undefined && end + gap <= reached),
    late: placed.length - taken.size,
    nullEventTime: partitions.flat().length - placed.length,
    aheadOfTime,
  };
}

type Windows = Required<WindowContent>[];

function windowsOf(
  placed: readonly Placed[],
  shape: Exclude<WindowShape, { kind: 'session' }>,
  key: ReferenceRule['key'],
): { all: Windows; taken: ReadonlySet<GivenRow> } {
  const size = BigInt(shape.sizeMs) * 1000n;
  const step = shape.kind === 'tumbling' ? size : BigInt(shape.slideMs) * 1000n;
  const windows = new Map<string, { start: bigint; end: bigint; key: readonly unknown[]; rows: GivenRow[] }>();
  const taken = new Set<GivenRow>();
  for (const { row, time, watermark } of placed) {
    // All starts near the row are tried, so that nothing is left to arithmetic.
    for (let start = (time / step - size / step - 2n) * step; start <= time; start += step) {
      const end = start + size;
      if (time >= end || (watermark !== undefined && end <= watermark)) continue;
      taken.add(row);
      const id = `${start} ${textOf(key(row))}`;
      const window = windows.get(id);
      if (window) window.rows.push(row);
      else windows.set(id, { start, end, key: key(row), rows: [row] });
    }
  }
  return { all: [...windows.values()], taken };
}

function sessionsOf(
  placed: readonly Placed[],
  gap: bigint,
  key: ReferenceRule['key'],
): { all: Windows; taken: ReadonlySet<GivenRow> } {
  const inTime = placed.filter(({ time, watermark }) => watermark === undefined || time + gap > watermark);
  const all: Windows = [];
  for (const [, rows] of byKey(inTime, ({ row }) => key(row))) {
    let open: { start: bigint; end: bigint; key: readonly unknown[]; rows: GivenRow[] } | undefined;
    for (const { row, time } of rows) {
      if (open && time <= open.end) {
        open.rows.push(row);
        open.end = time + gap;
      } else all.push((open = { start: time, end: time + gap, key: key(row), rows: [row] }));
    }
  }
  return { all, taken: new Set(inTime.map(({ row }) => row)) };
}

function byKey<T>(rows: readonly T[], key: (row: T) => readonly unknown[]): Map<string, [T, ...T[]]> {
  const groups = new Map<string, [T, ...T[]]>();
  for (const row of rows) {
    const id = textOf(key(row));
    const group = groups.get(id);
    if (group) group.push(row);
    else groups.set(id, [row]);
  }
  return groups;
}

export function textOf(key: readonly unknown[]): string {
  return JSON.stringify(
    key.map((value) => (typeof value === 'bigint' || typeof value === 'number' ? String(value) : value)),
  );
}

export function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
