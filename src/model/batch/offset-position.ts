import type { OffsetPosition } from '../job/job-spec.ts';
import { toOffset, type Offset } from './offset-range.ts';

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly expected: string };

const expected =
  'earliest, latest, a timestamp (ISO 8601, or milliseconds since the epoch), or offsets per topic and partition such as {"trips":{"0":23,"1":"latest"}}';

/** Reads a position as people write it in YAML, on the command line or in a signal. */
export function parseOffsetPosition(input: unknown): Parsed<OffsetPosition> {
  if (typeof input === 'number') return timestampPosition(input);
  if (typeof input === 'string') return parseText(input.trim());
  if (typeof input === 'object' && input !== null && !Array.isArray(input)) return parseOffsets(input);
  return { ok: false, expected };
}

function parseText(text: string): Parsed<OffsetPosition> {
  if (text === 'earliest' || text === 'latest') return { ok: true, value: { kind: text } };
  if (/^\d{10,}$/.test(text)) return timestampPosition(Number(text));
  if (/^\d{4}-\d{2}-\d{2}/.test(text)) return timestampPosition(Date.parse(inUtc(text)));
  if (!text.startsWith('{')) return { ok: false, expected };
  try {
    const parsed: unknown = JSON.parse(text);
    return parseOffsetPosition(parsed);
  } catch {
    return { ok: false, expected };
  }
}

/** A time without a zone is UTC, wherever this runs. */
function inUtc(text: string): string {
  return /[zZ]$|[+-]\d{2}:?\d{2}$/.test(text) || !text.includes(':') ? text : `${text}Z`;
}

function timestampPosition(timestampMs: number): Parsed<OffsetPosition> {
  if (!Number.isSafeInteger(timestampMs) || timestampMs < 0) return { ok: false, expected };
  return { ok: true, value: { kind: 'timestamp', timestampMs } };
}

/** Spark's `-2` and `-1` stand for earliest and latest. */
function parsePartitionOffset(value: unknown): Offset | 'earliest' | 'latest' | undefined {
  if (value === 'earliest' || value === -2) return 'earliest';
  if (value === 'latest' || value === -1) return 'latest';
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return toOffset(value);
  if (typeof value === 'string' && /^\d+$/.test(value)) return toOffset(BigInt(value));
  return undefined;
}

function parseOffsets(input: object): Parsed<OffsetPosition> {
  const offsets: Record<string, Record<string, Offset | 'earliest' | 'latest'>> = {};
  for (const [topic, byPartition] of Object.entries(input) as [string, unknown][]) {
    if (typeof byPartition !== 'object' || byPartition === null) return { ok: false, expected };
    const parsed: Record<string, Offset | 'earliest' | 'latest'> = {};
    for (const [partition, value] of Object.entries(byPartition) as [string, unknown][]) {
      const offset = parsePartitionOffset(value);
      if (offset === undefined || !/^\d+$/.test(partition)) return { ok: false, expected };
      parsed[partition] = offset;
    }
    offsets[topic] = parsed;
  }
  return Object.keys(offsets).length > 0 ? { ok: true, value: { kind: 'offsets', offsets } } : { ok: false, expected };
}
