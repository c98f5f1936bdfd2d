import type { LaneIdentity, StoredPositions } from '../delta/offset-positions.ts';
import type { TableState } from '../delta/table-state.ts';
import { BronzeError } from '../errors.ts';
import type { LanePosition } from '../model/batch.ts';
import type { JobSpec } from '../model/job-spec.ts';
import type { StructField } from '../model/table-schema.ts';
import { tableSchema } from '../transform/table-schema.ts';

/**
 * Does the table take what the job makes: the same columns and types, the same partition columns? Further columns of
 * the table must be nullable. Throws TABLE_SCHEMA_MISMATCH.
 */
export function assertTableFits(state: TableState, spec: JobSpec, root: string): void {
  const made = new Map(tableSchema(spec).fields.map((field) => [field.name, field]));
  const held = new Map(state.schema.fields.map((field) => [field.name, field]));
  const problems = [
    ...[...made.values()].flatMap((field) => fieldProblem(field, held.get(field.name))),
    ...[...held.values()]
      .filter(({ name, nullable }) => !made.has(name) && !nullable)
      .map(({ name }) => `the table's column ${name} is NOT NULL, and the job does not make it`),
  ];
  const [wanted, actual] = [spec.table.partitionBy.join(', '), state.partitionColumns.join(', ')];
  if (wanted !== actual) problems.push(`the job partitions by (${wanted}), the table by (${actual})`);
  if (problems.length > 0) throw new BronzeError('TABLE_SCHEMA_MISMATCH', `${root}: ${problems.join('; ')}`);
}

function fieldProblem(made: StructField, held: StructField | undefined): readonly string[] {
  if (!held) return [`the table has no column ${made.name}`];
  const [madeType, heldType] = [canonicalType(made.type), canonicalType(held.type)];
  if (madeType !== heldType) return [`column ${made.name} is ${heldType} in the table and ${madeType} in the job`];
  if (made.nullable && !held.nullable) return [`column ${made.name} is NOT NULL in the table, and nullable in the job`];
  return [];
}

/** A type without what makes no difference to its values: nullability inside of it, and metadata. */
function canonicalType(type: StructField['type']): string {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'struct':
      return `struct<${type.fields.map(({ name, type: inner }) => `${name}: ${canonicalType(inner)}`).join(', ')}>`;
    case 'array':
      return `array<${canonicalType(type.elementType)}>`;
    case 'map':
      return `map<${canonicalType(type.keyType)}, ${canonicalType(type.valueType)}>`;
  }
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
