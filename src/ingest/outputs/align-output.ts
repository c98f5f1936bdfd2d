import { storedPositions, type LaneIdentity, type StoredPositions } from '../../delta/commit/offset-positions.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError } from '../../errors.ts';
import { keptResetAppIdOf, logEndEpochIn } from '../../model/table/app-id.ts';
import type { PartitionOffset } from '../../model/batch/batch.ts';
import { pathForTopic } from '../../model/job/job-spec.ts';
import { toOffset } from '../../model/batch/offset-range.ts';
import type { LaneContext } from '../lane/lane-context.ts';
import { otherHeads, readHead, type OutputHead } from './output-head.ts';

/** What must become of an output's offsets so that it goes on with the job's table. */
export type Alignment =
  | {
      readonly kind: 'aligned';
      readonly moves: readonly PartitionOffset[];
      /** All rows and all state go as well. */
      readonly emptied: boolean;
      /** Kafka's log was cut off: offsets that the output has had are of other records by now. */
      readonly repeatsOffsets: boolean;
    }
  | { readonly kind: 'behind'; readonly partition: number };

export interface Alignable {
  readonly identity: LaneIdentity;
  /** The job's table. */
  readonly rows: Pick<TableState, 'txns'> | undefined;
  readonly positions: readonly PartitionOffset[];
  readonly output: StoredPositions;
  readonly head: OutputHead | undefined;
}

/**
 * An output is committed before the job's table. So it may lie ahead, and passes over what it has. It lies behind where
 * resets have skipped records since, and skips them too; or where the job ran without it, or somebody put an older one back.
 */
export function alignOutput({ identity, rows, positions, output, head }: Alignable): Alignment {
  const epoch = output.epoch ?? 0;
  const lane = storedPositions(rows, identity);
  const isAhead = positions.some(({ partition, offset }) => ownOffset(output, partition) > BigInt(offset));
  const isDiscarded = lane.lastMoveDiscarded && epoch < (lane.epoch ?? 0);
  if (isDiscarded && isAhead && head && takenAndNotComing(head, positions) === undefined) {
    return { kind: 'aligned', moves: positions, emptied: true, repeatsOffsets: false };
  }
  const resetIn = Number(rows?.txns.get(keptResetAppIdOf(identity.job, identity.topic)) ?? 0);
  const missedBatches = epoch < (lane.lastBatchEpoch ?? 0);
  const maySkip = epoch < resetIn && !missedBatches;
  const moves: PartitionOffset[] = [];
  let repeatsOffsets = false;
  for (const position of positions) {
    const { partition } = position;
    const own = ownOffset(output, partition);
    const still = logEndSince(rows, identity, { partition, epoch, own });
    repeatsOffsets ||= still < own;
    const isNew = !output.offsets.has(partition);
    if (still < BigInt(position.offset)) {
      // Where the job began with a topic partition that came while it ran without the output, nobody can tell.
      const hasMissed = isNew ? head !== undefined && missedBatches && BigInt(position.offset) > 0n : !maySkip;
      if (hasMissed) return { kind: 'behind', partition };
      moves.push(position);
    } else if (still < own) moves.push({ partition, offset: toOffset(still) });
  }
  return { kind: 'aligned', moves, emptied: false, repeatsOffsets };
}

/** What of `own` is still true: the least offset at which the log was found to end since the epoch. */
function logEndSince(
  rows: Alignable['rows'],
  { job, ...topic }: LaneIdentity,
  { partition, epoch, own }: { readonly partition: number; readonly epoch: number; readonly own: bigint },
): bigint {
  let still = own;
  for (const [appId, offset] of rows?.txns ?? []) {
    const foundIn = logEndEpochIn(appId, job, { ...topic, partition });
    if (foundIn !== undefined && foundIn > epoch && BigInt(offset) < still) still = BigInt(offset);
  }
  return still;
}

/** Where the output began in a topic partition of which it has rows that will not come again from these positions on. */
function takenAndNotComing({ began }: OutputHead, positions: readonly PartitionOffset[]): PartitionOffset | undefined {
  const starts = new Map(positions.map(({ partition, offset }) => [partition, BigInt(offset)]));
  return began.find(({ partition, offset }) => (starts.get(partition) ?? 0n) > BigInt(offset));
}

function ownOffset({ offsets }: StoredPositions, partition: number): bigint {
  return BigInt(offsets.get(partition) ?? -1);
}

/**
 * Rows of an output are of many records, so none can be taken back with some of them: only all, when every record that
 * the output ever took comes again.
 * @throws BronzeError RESET_INVALID.
 */
export async function assertOutputsBeginAnew(
  { connections, spec }: LaneContext,
  identity: LaneIdentity,
  positions: readonly PartitionOffset[],
): Promise<void> {
  for (const { name, path } of spec.outputs ?? []) {
    const table = connections.table(pathForTopic(path, identity.topic));
    const state = await table.refresh();
    const head = readHead(state, identity, table.store.root);
    const [other] = state && head ? otherHeads(state, identity).keys() : [];
    if (other !== undefined) {
      throw new BronzeError(
        'RESET_INVALID',
        `rows "discard" would empty the output ${name}, and its table has rows of ${other} as well. Reset with rows "keep".`,
      );
    }
    const later = head && takenAndNotComing(head, positions);
    if (later === undefined) continue;
    throw new BronzeError(
      'RESET_INVALID',
      `rows "discard" cannot take back a part of the output ${name}: its rows are made of many records. Reset all topic ` +
        `partitions to where the output began (${String(later.partition)}: ${later.offset}), which ` +
        'empties it as well; or reset with rows "keep", which leaves it as it is; or take the output out of the job first.',
    );
  }
}
