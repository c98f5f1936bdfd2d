import type { Action } from '../../delta/actions.ts';
import { predecessorClaims, type LaneIdentity, type StoredPositions } from '../../delta/commit/offset-positions.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError } from '../../errors.ts';
import { parseAppId } from '../../model/table/app-id.ts';
import type { PartitionOffset } from '../../model/batch/batch.ts';
import type { JobSpec } from '../../model/job/job-spec.ts';
import type { TableHandle } from '../connections.ts';
import type { CoordinateColumns } from '../discard/discard-request.ts';
import { discardActions } from '../discard/discard-rows.ts';
import type { LaneContext } from './lane-context.ts';

export interface ResetRows {
  readonly identity: LaneIdentity;
  readonly stored: StoredPositions;
  readonly targets: readonly PartitionOffset[];
}

/** What takes the rows from the new positions on out of the table. */
export async function discardedRows(
  context: LaneContext,
  reset: ResetRows & { readonly table: TableHandle; readonly base: TableState },
): Promise<readonly Action[]> {
  const { table, base, identity } = reset;
  const columns = coordinatesOf(context.spec, base, identity);
  const discarding = { table, state: base, columns, topic: identity.topic, from: discardedFrom(reset) };
  return discardActions(discarding, context.discardInFiles, context.signal);
}

function discardedFrom({ stored, targets }: ResetRows): readonly PartitionOffset[] {
  return targets.filter(({ partition, offset }) => BigInt(stored.offsets.get(partition) ?? 0) > BigInt(offset));
}

/** Throws RESET_INVALID where rows of another topic would go as well, or where nobody can tell which ones are meant. */
export function assertDiscardable(spec: JobSpec, base: TableState, discard: ResetRows): void {
  const { identity } = discard;
  if (discardedFrom(discard).length > 0 && predecessorClaims(base, identity).length > 0) {
    throw new BronzeError(
      'RESET_INVALID',
      `rows "discard" would remove rows of the deleted topic that ${identity.topic} once was as well: they bear the ` +
        'same offsets, and Kafka no longer has them. Reset with rows "keep".',
    );
  }
  coordinatesOf(spec, base, identity);
}

/** Throws RESET_INVALID where the table's columns cannot tell which rows are meant. */
function coordinatesOf(spec: JobSpec, state: TableState, { topic }: LaneIdentity): CoordinateColumns {
  const columnOf = (source: string): string | undefined =>
    spec.steps.metadata.columns.find((column) => column.source === source)?.name;
  const [topicColumn, partition, offset] = [columnOf('topic'), columnOf('partition'), columnOf('offset')];
  if (partition === undefined || offset === undefined) {
    throw new BronzeError(
      'RESET_INVALID',
      `rows "discard" needs to know where rows came from: job ${spec.name} has no metadata column for partition and offset. ` +
        'Add them, or reset with rows "keep".',
    );
  }
  const isShared = [...state.txns.keys()].some((appId) => (parseAppId(appId)?.topic ?? topic) !== topic);
  if (topicColumn === undefined && isShared) {
    throw new BronzeError(
      'RESET_INVALID',
      `rows "discard" needs to know where rows came from: the table holds several topics, and job ${spec.name} has no metadata column for the topic`,
    );
  }
  return { partition, offset, ...(topicColumn === undefined ? {} : { topic: topicColumn }) };
}
