import { fitTable, type TableFit } from '../../delta/schema/evolve-table.ts';
import type { LaneIdentity, StoredPositions } from '../../delta/commit/offset-positions.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError } from '../../errors.ts';
import type { LanePosition } from '../../model/batch/batch.ts';
import { schemaEvolutionOf, type JobSpec } from '../../model/job/job-spec.ts';
import { mergeFields, typeText } from '../../model/table/schema-merge.ts';
import { tableSchema } from '../../transform/table-schema.ts';
import { withCertainColumns } from './certain-columns.ts';

/**
 * How the table takes what the job makes, under the job's policy. Of the partition columns both must have the same; the
 * policy `strict` wants the same columns as well. A run that has committed these columns before adds none again that
 * somebody has removed.
 */
export function fitJob(state: TableState, spec: JobSpec, columnsCommitted = false): TableFit {
  const made = tableSchema(spec);
  const fit = fitTable(state, withCertainColumns(made, spec));
  const policy = schemaEvolutionOf(spec);
  const problems = fit.kind === 'mismatch' ? [...fit.problems] : [];
  if (fit.kind === 'evolves' && columnsCommitted) {
    const changed = [...fit.merge.added, ...fit.merge.widened.map(({ place }) => place)];
    problems.push(`another writer removed or changed columns that this job has written: ${changed.join(', ')}`);
  }
  if (fit.kind === 'evolves' && policy !== 'addColumns') {
    const { added, widened } = fit.merge;
    const how = `table.schemaEvolution is ${policy}`;
    problems.push(...added.map((place) => `the table has no column ${place}, and ${how}`));
    problems.push(...widened.map(({ place, held }) => `column ${place} is ${typeText(held)} in the table, and ${how}`));
  }
  if (policy === 'strict') {
    const { added } = mergeFields(made.fields, state.schema.fields);
    problems.push(...added.map((place) => `the job does not make the table's column ${place}`));
  }
  const [wanted, actual] = [spec.table.partitionBy.join(', '), state.partitionColumns.join(', ')];
  if (wanted !== actual) problems.push(`the job partitions by (${wanted}), the table by (${actual})`);
  return problems.length === 0 ? fit : { kind: 'mismatch', problems };
}

/** @throws BronzeError TABLE_SCHEMA_MISMATCH where the table does not take what the job makes. */
export function assertTableFits(state: TableState, spec: JobSpec, root: string, columnsCommitted?: boolean): void {
  const fit = fitJob(state, spec, columnsCommitted);
  if (fit.kind !== 'mismatch') return;
  throw new BronzeError('TABLE_SCHEMA_MISMATCH', `${root}: ${fit.problems.join('; ')}`);
}

/**
 * May this run of this job work on the lane? Not when another job ingests the same topic into the table, when a newer
 * run has opened the lane, or when the table has gone back behind what this run committed.
 */
export function assertLaneIsOurs(
  lane: LaneIdentity,
  stored: StoredPositions,
  root: string,
  previous: LanePosition | undefined,
): void {
  const claim = stored.otherJobs[0];
  if (claim) {
    throw new BronzeError(
      'TABLE_OWNED_BY_ANOTHER_JOB',
      `${root}: job ${claim.job} ingests ${lane.topic} into this table already; ${lane.job} would double its rows. ` +
        'Give each job a table of its own.',
    );
  }
  if (!previous) return;
  if (stored.epoch !== undefined && stored.epoch > previous.epoch) {
    throw new BronzeError(
      'LANE_FENCED',
      `${root}: another run of job ${lane.job} has opened the lane of ${lane.topic} (epoch ${String(stored.epoch)}; ` +
        `this run has ${String(previous.epoch)})`,
    );
  }
  if (previous.topicId !== lane.topicId) return;
  const behind = previous.positions.find(({ partition, offset }) => {
    return BigInt(stored.offsets.get(partition) ?? -1) < BigInt(offset);
  });
  if (behind) {
    throw new BronzeError(
      'OFFSETS_DISAGREE',
      `${root}: the table holds offset ${stored.offsets.get(behind.partition) ?? 'none'} for ${lane.topic}/` +
        `${String(behind.partition)}, and this job has committed ${behind.offset}. Was the table restored or replaced? ` +
        'Reset the checkpoint to where it shall go on.',
    );
  }
}

/** Does the lane stand where it stood: same epoch, same offsets? */
export function isSameStanding(left: StoredPositions, right: StoredPositions): boolean {
  if (left.epoch !== right.epoch || left.offsets.size !== right.offsets.size) return false;
  return [...left.offsets].every(([partition, offset]) => right.offsets.get(partition) === offset);
}
