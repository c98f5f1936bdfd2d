import type { JobSpec } from './job-spec.ts';
import type { SchemaVerdict } from './schema-verdict.ts';
import type { StructField } from './table-schema.ts';

/** What records of a lane have beyond the columns that the lane reads them as. */
export interface SchemaFinding {
  /** The registry's id of the schema that they were written with; null where the values themselves showed it. */
  readonly schemaId: number | null;
  readonly columns: readonly StructField[];
}

/** The columns that a lane has come to read, beyond those that the job began with. Part of what decides a batch's rows. */
export interface LaneSchema {
  readonly columns: readonly StructField[];
  readonly verdicts: readonly SchemaVerdict[];
}

/** The job as a lane runs it. */
export function withLaneSchema(spec: JobSpec, schema: LaneSchema | undefined): JobSpec {
  const { parse } = spec.steps;
  if (schema === undefined || parse.format === 'raw') return spec;
  const { columns, verdicts } = schema;
  const read =
    parse.format === 'json' ? { ...parse, schema: columns } : { ...parse, schema: columns, verdicts: [...verdicts] };
  return { ...spec, steps: { ...spec.steps, parse: read } };
}
