import type { Action } from '../../delta/actions.ts';
import { fitTable } from '../../delta/evolve-table.ts';
import { newTableActions } from '../../delta/new-table.ts';
import { storedPositions, type LaneIdentity, type StoredPositions } from '../../delta/offset-positions.ts';
import { protocolWithWriter } from '../../delta/table-features.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError } from '../../errors.ts';
import { appIdOf, epochAppIdOf } from '../../model/app-id.ts';
import type { LanePosition, PartitionOffset } from '../../model/batch.ts';
import type { LaneOpenedNote } from '../../model/commit-note.ts';
import { pathForTopic } from '../../model/job-spec.ts';
import { toOffset } from '../../model/offset-range.ts';
import { describeCommit } from '../commit-info.ts';
import type { TableHandle } from '../connections.ts';
import { assertLaneIsOurs } from '../lane-rules.ts';
import type { LaneContext } from '../lane-context.ts';
import { givenUpClaims } from '../given-up-claims.ts';
import { sweepStagedFiles } from '../staged-files.ts';
import { stateFolder } from './merge-output.ts';
import { compileOutputs, type NamedOutput } from './compile-output.ts';
import { headAction, headFeature, newHead, readHead } from './output-head.ts';

/**
 * Brings the outputs of a lane to its epoch, after the job's table: older epochs are fenced, tables that are missing come
 * into being, and an output that has no offsets yet starts where the job's table stands.
 * @throws BronzeError OUTPUT_BEHIND, OUTPUT_CHANGED, TABLE_OWNED_BY_ANOTHER_JOB, LANE_FENCED, TABLE_SCHEMA_MISMATCH.
 */
export async function openOutputs(context: LaneContext, position: LanePosition): Promise<void> {
  for (const named of compileOutputs(context.spec)) {
    const table = context.connections.table(pathForTopic(named.output.path, position.topic));
    await openOutput(context, { ...named, table, position });
    await sweepStagedFiles(table.store, context.spec.name, position);
    const head = readHead(await table.refresh(), { job: context.spec.name, topic: position.topic }, table.store.root);
    const isKept = (path: string): boolean => head?.stateFiles.some((file) => file.path === path) ?? false;
    await sweepStagedFiles(table.store, context.spec.name, position, { folder: stateFolder, isKept });
  }
}

interface OutputLane extends NamedOutput {
  readonly table: TableHandle;
  readonly position: LanePosition;
}

async function openOutput(context: LaneContext, lane: OutputLane): Promise<void> {
  const { table, position } = lane;
  const identity: LaneIdentity = { job: context.spec.name, topic: position.topic, topicId: position.topicId };
  const base = await table.refresh();
  const stored = storedPositions(base, identity);
  const starts = startsOf(lane, identity, stored, base);
  const isOpen = starts.length === 0 && stored.epoch === position.epoch && readHead(base, identity, table.store.root);
  if (isOpen) return;
  const note: LaneOpenedNote = { kind: 'laneOpened', ...identity, epoch: position.epoch, starts };
  context.signal.throwIfAborted();
  const outcome = await table.commit({
    base,
    onTableChange: 'recheck',
    // Whoever came in between may have opened the lane, or made the table: look at everything again.
    check: (latest) => {
      const now = storedPositions(latest, identity);
      return now.epoch === stored.epoch && now.offsets.size === stored.offsets.size ? undefined : 'overtaken';
    },
    actions: (latest): readonly Action[] => [
      ...tableActions(lane, latest),
      { txn: { appId: epochAppIdOf(identity.job, identity.topic), version: toOffset(position.epoch) } },
      ...starts.map(({ partition, offset }) => ({
        txn: { appId: appIdOf(identity.job, { ...identity, partition }), version: offset },
      })),
      ...givenUpClaims(latest, identity),
      ...headActions(lane, identity, latest),
    ],
    commitInfo: describeCommit(note),
  });
  if (outcome.kind === 'committed') return;
  throw new BronzeError('TABLE_CHANGED', `${table.store.root}: another run opened the lane at the same time`);
}

/** Where partitions start that the output has no offset of. Throws where what it has does not go with the job's table. */
function startsOf(
  { output, compiled, table, position }: OutputLane,
  identity: LaneIdentity,
  stored: StoredPositions,
  base: TableState | undefined,
): readonly PartitionOffset[] {
  const { root } = table.store;
  assertLaneIsOurs(identity, stored, root, { ...position, positions: [] });
  if (base) {
    const fit = fitTable(base, compiled.schema);
    if (fit.kind === 'mismatch') throw new BronzeError('TABLE_SCHEMA_MISMATCH', `${root}: ${fit.problems.join('; ')}`);
  }
  const head = readHead(base, identity, root);
  if (head !== undefined && head.fingerprint !== compiled.fingerprint) {
    throw new BronzeError(
      'OUTPUT_CHANGED',
      `${root}: the output ${output.name} means something else by now than when its state was made, which cannot be ` +
        'continued. Give the changed output another name and path (it begins where the job stands), or put it back as it was.',
    );
  }
  const behind = position.positions.find(({ partition, offset }) => {
    const own = stored.offsets.get(partition);
    return own !== undefined && BigInt(own) < BigInt(offset);
  });
  if (behind) {
    throw new BronzeError(
      'OUTPUT_BEHIND',
      `${root}: the output ${output.name} has the rows of ${identity.topic}/${String(behind.partition)} up to offset ` +
        `${stored.offsets.get(behind.partition) ?? ''}, and the job's table up to ${behind.offset}: the job ran without it ` +
        'in between. Give the output another path, where it begins anew from where the job stands, or reset the checkpoint ' +
        `to ${stored.offsets.get(behind.partition) ?? ''} with rows "keep", which repeats rows of the job's table.`,
    );
  }
  return position.positions.filter(({ partition }) => !stored.offsets.has(partition));
}

function tableActions({ output, compiled }: OutputLane, latest: TableState | undefined): readonly Action[] {
  if (!latest) {
    return newTableActions({
      schema: compiled.schema,
      partitionColumns: output.partitionBy,
      properties: output.properties,
      writerFeatures: [headFeature],
    });
  }
  const protocol = protocolWithWriter(latest.protocol, headFeature);
  return protocol === latest.protocol ? [] : [{ protocol }];
}

function headActions(
  { compiled, table }: OutputLane,
  identity: LaneIdentity,
  latest: TableState | undefined,
): readonly Action[] {
  const head = readHead(latest, identity, table.store.root);
  if (head?.topicId === identity.topicId) return [];
  // Event times of a deleted topic say nothing of the one that took its name; its open windows stay.
  return [
    headAction(
      identity,
      head ? { ...head, topicId: identity.topicId, partitions: [] } : newHead(identity.topicId, compiled.fingerprint),
    ),
  ];
}
