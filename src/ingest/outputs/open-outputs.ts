import { removeOf, type Action, type RemoveAction } from '../../delta/actions.ts';
import { storedPositions, type LaneIdentity, type StoredPositions } from '../../delta/commit/offset-positions.ts';
import { protocolWithWriter } from '../../delta/table-features.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError } from '../../errors.ts';
import { appIdOf, epochAppIdOf } from '../../model/table/app-id.ts';
import type { LanePosition } from '../../model/batch/batch.ts';
import type { LaneOpenedNote } from '../../model/table/commit-note.ts';
import { pathForTopic } from '../../model/job/job-spec.ts';
import { toOffset, type Offset } from '../../model/batch/offset-range.ts';
import { outputDomainOf } from '../../model/outputs/output-domain.ts';
import { describeCommit } from '../commit/commit-info.ts';
import type { TableHandle } from '../connections.ts';
import { givenUpClaims } from '../lane/given-up-claims.ts';
import type { LaneContext } from '../lane/lane-context.ts';
import { assertLaneIsOurs, isSameStanding } from '../lane/lane-rules.ts';
import { sweepStagedFiles } from '../commit/staged-files.ts';
import { alignOutput, type Alignment } from './align-output.ts';
import { compileOutputs, type NamedOutput } from './compile-output.ts';
import { stateFolder } from './merge-output.ts';
import { assertOutputFits, newOutputTable } from './output-table.ts';
import { discardPendingLateRecords } from './pending-late-records.ts';
import { headAction, headFeature, headMissing, newHead, otherHeads, readHead, type OutputHead } from './output-head.ts';

/**
 * Brings the outputs of a lane to its epoch, after the job's table: older epochs are fenced, tables that are missing come
 * into being, and an output that has no offsets yet starts where the job's table stands.
 * @throws BronzeError OUTPUT_BEHIND, OUTPUT_CHANGED, TABLE_OWNED_BY_ANOTHER_JOB, LANE_FENCED, TABLE_SCHEMA_MISMATCH,
 * TABLE_CORRUPT.
 */
export async function openOutputs(context: LaneContext, position: LanePosition): Promise<void> {
  const { connections, spec } = context;
  const identity: LaneIdentity = { job: spec.name, topic: position.topic, topicId: position.topicId };
  const rows = await connections.table(pathForTopic(spec.table.path, position.topic)).refresh();
  for (const named of compileOutputs(spec)) {
    const table = connections.table(pathForTopic(named.output.path, position.topic));
    await openOutput(context, { ...named, table, identity, position, rows });
    const { name } = named.output;
    await discardPendingLateRecords(context, { name, identity, position, rows, state: await table.refresh() });
    await sweepOutput(table, identity, position);
  }
}

async function sweepOutput(table: TableHandle, identity: LaneIdentity, position: LanePosition): Promise<void> {
  const head = readHead(await table.refresh(), identity, table.store.root);
  const kept = new Set(head?.stateFiles.map(({ path }) => path));
  await sweepStagedFiles(table.store, identity.job, position);
  await sweepStagedFiles(table.store, identity.job, position, {
    folder: stateFolder,
    isKept: (path) => kept.has(path),
  });
}

interface OutputLane extends NamedOutput {
  readonly table: TableHandle;
  readonly identity: LaneIdentity;
  readonly position: LanePosition;
  /** The job's table. */
  readonly rows: TableState | undefined;
}

async function openOutput({ signal }: LaneContext, lane: OutputLane): Promise<void> {
  const { table, identity, position } = lane;
  const base = await table.refresh();
  const stored = storedPositions(base, identity);
  const alignment = alignmentOf(lane, base, stored);
  const { moves, emptied } = alignment;
  const head = readHead(base, identity, table.store.root);
  if (moves.length === 0 && stored.epoch === position.epoch && head?.topicId === identity.topicId) return;
  const removed = base && emptied ? await allFilesOf(table, base) : [];
  const note: LaneOpenedNote = { kind: 'laneOpened', ...identity, epoch: position.epoch, starts: moves };
  // Whoever cancelled this opens the lane again, and must not be fenced by it.
  signal.throwIfAborted();
  const outcome = await table.commit({
    base,
    onTableChange: 'recheck',
    // Whoever came in between may have opened the lane, or made the table: look at everything again.
    check: (latest) => {
      if (latest) assertTableIsOurs(latest, lane);
      return isSameStanding(storedPositions(latest, identity), stored) ? undefined : 'overtaken';
    },
    actions: (latest): readonly Action[] => [
      ...tableActions(lane, latest),
      ...removed.map((remove) => ({ remove })),
      { txn: { appId: epochAppIdOf(identity.job, identity.topic), version: toOffset(position.epoch) } },
      ...moves.map(({ partition, offset }) => ({
        txn: { appId: appIdOf(identity.job, { ...identity, partition }), version: offset },
      })),
      ...givenUpClaims(latest, identity),
      headAction(identity, headAfter(lane, latest, alignment)),
    ],
    commitInfo: describeCommit(note),
  });
  if (outcome.kind === 'committed') return;
  throw new BronzeError('TABLE_CHANGED', `${table.store.root}: another run opened the lane at the same time`);
}

/** Throws where what the output has does not go with the job, or with the job's table. */
function alignmentOf(
  lane: OutputLane,
  base: TableState | undefined,
  stored: StoredPositions,
): Extract<Alignment, { kind: 'aligned' }> {
  const { output, compiled, table, identity, position, rows } = lane;
  const { root } = table.store;
  assertLaneIsOurs(identity, stored, root, { ...position, positions: [] });
  if (base) {
    assertOutputFits(base, { output, compiled }, root);
    assertTableIsOurs(base, lane);
  }
  const head = readHead(base, identity, root);
  if (head === undefined && stored.offsets.size > 0) throw headMissing(root, output.name);
  if (head !== undefined && head.fingerprint !== compiled.fingerprint) {
    throw new BronzeError(
      'OUTPUT_CHANGED',
      `${root}: the output ${output.name} means something else by now than when its state was made, which cannot be ` +
        'continued. Give the changed output another name or path (it begins where the job stands), or put it back as it was.',
    );
  }
  const alignment = alignOutput({ identity, rows, positions: position.positions, output: stored, head });
  if (alignment.kind === 'aligned') return alignment;
  const { partition } = alignment;
  const own = stored.offsets.get(partition) ?? '0';
  const wanted = position.positions.find((each) => each.partition === partition)?.offset ?? '';
  throw new BronzeError(
    'OUTPUT_BEHIND',
    `${root}: the output ${output.name} has the rows of ${identity.topic}/${String(partition)} up to offset ${own}, and ` +
      `the job's table has them up to ${wanted}: the job ran without the output, or an older copy of it was put back. ` +
      'Give the output another path, where it begins anew from where the job stands; or reset the checkpoint to where the ' +
      `output stands, with rows "keep", which repeats rows of the job's table.`,
  );
}

/**
 * A lane knows what its own records add up to, and replaces the row of a key by that. And lanes that have one name for
 * their heads (job `a.b` with topic `c`, job `a` with topic `b.c`) would take each other's.
 */
function assertTableIsOurs(state: TableState, { output, compiled, identity, table }: OutputLane): void {
  const { root } = table.store;
  const isOpened = storedPositions(state, identity).epoch !== undefined;
  if (!isOpened && readHead(state, identity, root)) {
    throw new BronzeError(
      'TABLE_OWNED_BY_ANOTHER_JOB',
      `${root}: another job's output in this table keeps its state under the name ${outputDomainOf(identity)}, which the ` +
        `output ${output.name} would take as well. Give it a path of its own.`,
    );
  }
  const [other] = otherHeads(state, identity).keys();
  if (other === undefined || output.kind !== 'aggregate' || compiled.keyColumns.length === 0) return;
  throw new BronzeError(
    'TABLE_OWNED_BY_ANOTHER_JOB',
    `${root}: the output ${output.name} would replace rows of ${other}, which has aggregates in this table already. Give ` +
      'it a path of its own.',
  );
}

function tableActions({ output, compiled }: OutputLane, latest: TableState | undefined): readonly Action[] {
  if (!latest) return newOutputTable({ output, compiled });
  const protocol = protocolWithWriter(latest.protocol, headFeature);
  return protocol === latest.protocol ? [] : [{ protocol }];
}

async function allFilesOf(table: TableHandle, state: TableState): Promise<readonly RemoveAction[]> {
  const removes: RemoveAction[] = [];
  for await (const file of table.files(state, { deletionVectors: 'return' })) removes.push(removeOf(file, Date.now()));
  return removes;
}

/** Event times of a deleted topic say nothing of the one that took its name; its open windows stay. */
function headAfter(
  { compiled, identity, table }: OutputLane,
  latest: TableState | undefined,
  { moves, emptied, repeatsOffsets }: Extract<Alignment, { kind: 'aligned' }>,
): OutputHead {
  const { topicId } = identity;
  const head = readHead(latest, identity, table.store.root);
  if (!head || emptied) {
    return newHead(topicId, compiled.fingerprint, moves, head ? head.stateFiles.map(({ path }) => path) : []);
  }
  const isSameTopic = head.topicId === topicId;
  const known = new Set(isSameTopic ? head.began.map(({ partition }) => partition) : []);
  const began = [...(isSameTopic ? head.began : []), ...moves.filter(({ partition }) => !known.has(partition))];
  const order = isSameTopic && !repeatsOffsets ? {} : { orderBase: orderBaseAfter(latest, identity, head) };
  return isSameTopic ? { ...head, ...order, began } : { ...head, ...order, topicId, began, partitions: [] };
}

/** Whatever comes from now on is later than all that the output has of the lane. */
function orderBaseAfter(latest: TableState | undefined, identity: LaneIdentity, head: OutputHead): Offset {
  const taken = storedPositions(latest, { ...identity, topicId: head.topicId }).offsets;
  const ends = [...taken.values()].map(BigInt);
  const greatest = ends.reduce((most, end) => (end > most ? end : most), 0n);
  return toOffset(BigInt(head.orderBase ?? 0) + greatest);
}
