import type { OffsetPosition } from '../job/job-spec.ts';
import { parseOffsetPosition, type Parsed } from '../batch/offset-position.ts';

/** A checkpoint reset: where to go, for which topics, and what becomes of the rows from there on. */
export interface ResetRequest {
  readonly to: OffsetPosition;
  /** All topics of the job when absent. */
  readonly topics?: readonly string[];
  /** `keep` replays beside the old rows; `discard` removes them in the same commit. */
  readonly rows: 'keep' | 'discard';
  /** Not a person's wish, but an accepted loss: Kafka's log ends before the table's offsets. */
  readonly cause?: 'logEndsBefore';
}

/** Reads the payload of `resetCheckpoint`. `rows` has no default: doubling rows must be somebody's choice. */
export function parseResetRequest(payload: unknown, jobTopics: readonly string[]): Parsed<ResetRequest> {
  if (typeof payload !== 'object' || payload === null) {
    return { ok: false, expected: 'an object such as {"to":"earliest","rows":"discard"}' };
  }
  const { to, topics, rows, ...others } = payload as Record<string, unknown>;
  const unknownKey = Object.keys(others)[0];
  if (unknownKey !== undefined) return { ok: false, expected: `only the keys to, topics and rows, not ${unknownKey}` };
  const position = parseOffsetPosition(to);
  if (!position.ok)
    return {
      ok: false,
      expected: `to: ${position.expected}; got ${to === undefined ? 'nothing' : JSON.stringify(to)}`,
    };
  if (rows !== 'keep' && rows !== 'discard') return { ok: false, expected: 'rows: "keep" or "discard"' };
  if (topics === undefined) return { ok: true, value: { to: position.value, rows } };
  if (!Array.isArray(topics) || topics.length === 0 || !topics.every((topic) => jobTopics.includes(topic as string))) {
    return { ok: false, expected: `topics: a list of this job's topics (${jobTopics.join(', ')})` };
  }
  return { ok: true, value: { to: position.value, topics: topics as string[], rows } };
}
