import type { PlannedRange } from '../../model/batch/batch.ts';
import { formatRange, type Offset } from '../../model/batch/offset-range.ts';
import type { ForeignClaim, LaneIdentity, StoredPositions } from './offset-positions.ts';

/** May a batch be committed on top of what the table holds (invariant 2)? */
export type OffsetDecision =
  | { readonly kind: 'commit' }
  /** All ranges are in the table already: a retry of a batch whose commit went through. */
  | { readonly kind: 'alreadyDone' }
  /** The plan does not follow what the table holds; `reason` is for people. */
  | { readonly kind: 'replan'; readonly reason: string }
  /** The lane was opened anew since the batch was planned; whoever did that goes on with it. */
  | { readonly kind: 'fenced'; readonly epoch: number; readonly storedEpoch: number }
  | { readonly kind: 'ownedByAnotherJob'; readonly claim: ForeignClaim };

export interface PlannedOffsets {
  readonly epoch: number;
  readonly ranges: readonly PlannedRange[];
}

/**
 * Decides from the newest state alone, so it must be asked before the first write and again at every rebase. All ranges
 * must agree: a batch of which only a part is in the table is planned anew.
 */
export function checkOffsets(planned: PlannedOffsets, stored: StoredPositions): OffsetDecision {
  const { epoch, ranges } = planned;
  const claim = stored.otherJobs.find(({ partition }) => ranges.some((range) => range.partition === partition));
  if (claim) return { kind: 'ownedByAnotherJob', claim };
  if (stored.epoch !== undefined && stored.epoch > epoch) return { kind: 'fenced', epoch, storedEpoch: stored.epoch };
  if (stored.epoch !== epoch) {
    const found = stored.epoch === undefined ? 'none' : `epoch ${stored.epoch}`;
    return replan(`the table holds ${found} for this lane, and the batch was planned in epoch ${epoch}`);
  }
  const decisions: RangeDecision[] = [];
  for (const ranges of byPartition(planned.ranges)) {
    const decision = checkPartition(ranges, stored);
    if (decision) decisions.push(decision);
  }
  return combine(decisions);
}

type RangeDecision = Extract<OffsetDecision, { readonly kind: 'commit' | 'alreadyDone' | 'replan' }>;

/** Ranges of one partition must follow each other: its `txn` goes from before the first to the end of the last. */
function checkPartition(ranges: readonly PlannedRange[], stored: StoredPositions): RangeDecision | undefined {
  let before: PlannedRange | undefined;
  for (const range of ranges) {
    const wrong = malformation(range, before, stored.lane);
    if (wrong) return replan(`${formatRange(range)} is planned ${wrong}`);
    before = range;
  }
  const [first] = ranges;
  return first && before && checkRange({ ...first, endOffset: before.endOffset }, stored.offsets.get(first.partition));
}

/** A plan that would repeat offsets or leave some out must not be committed, whatever the table holds. */
function malformation(range: PlannedRange, before: PlannedRange | undefined, lane: LaneIdentity): string | undefined {
  if (range.topic !== lane.topic || range.topicId !== lane.topicId)
    return `for the topic id ${range.topicId}, not ${lane.topicId}`;
  if (BigInt(range.startOffset) > BigInt(range.endOffset)) return 'backwards';
  if (before) return before.endOffset === range.startOffset ? undefined : `to follow ${formatRange(before)}`;
  return BigInt(range.storedOffset) > BigInt(range.startOffset) ? `to follow offset ${range.storedOffset}` : undefined;
}

/** `undefined` for a range that moves nothing: it agrees with every other one. */
function checkRange(range: PlannedRange, storedOffset: Offset | undefined): RangeDecision | undefined {
  const plan = formatRange(range);
  if (storedOffset === undefined) return replan(`${plan} is planned, and the table holds no offset for its partition`);
  const [stored, expected, end] = [BigInt(storedOffset), BigInt(range.storedOffset), BigInt(range.endOffset)];
  if (stored === expected) return expected === end ? undefined : { kind: 'commit' };
  if (stored >= end) return { kind: 'alreadyDone' };
  return replan(`${plan} is planned to follow offset ${range.storedOffset}, and the table holds ${storedOffset}`);
}

function combine(decisions: readonly RangeDecision[]): RangeDecision {
  const disagreement = decisions.find(({ kind }) => kind === 'replan');
  if (disagreement) return disagreement;
  if (decisions.every(({ kind }) => kind === 'alreadyDone')) return { kind: 'alreadyDone' };
  if (decisions.every(({ kind }) => kind === 'commit')) return { kind: 'commit' };
  return replan('the table holds some ranges of this batch and lacks others');
}

/** The ranges of each partition in order of offset. */
function byPartition(ranges: readonly PlannedRange[]): Iterable<PlannedRange[]> {
  const inOrder = ranges.toSorted((a, b) => (BigInt(a.startOffset) < BigInt(b.startOffset) ? -1 : 1));
  return Map.groupBy(inOrder, ({ partition }) => partition).values();
}

function replan(reason: string): { readonly kind: 'replan'; readonly reason: string } {
  return { kind: 'replan', reason };
}
