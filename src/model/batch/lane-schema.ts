import type { JobSpec, ParseStep } from '../job/job-spec.ts';
import type { SchemaVerdict } from './schema-verdict.ts';
import type { StructField } from '../table/table-schema.ts';

/** What records of a lane have beyond the columns that the lane reads them as. */
export interface SchemaFinding {
  /** The registry's id of the schema that they were written with; null where the values themselves showed it. */
  readonly schemaId: number | null;
  readonly columns: readonly StructField[];
  /** There are more than `mostNewFields`, so that none is named. */
  readonly tooManyFields?: boolean;
}

/** More columns and fields than these are not added for one batch: names that are data, such as ids, must not become columns. */
export const mostNewFields = 500;

/** The columns that a lane has come to read, beyond those that the job began with. Part of what decides a batch's rows. */
export interface LaneSchema {
  readonly columns: readonly StructField[];
  readonly verdicts: readonly SchemaVerdict[];
  /** JSON pointers of fields that cannot become columns beside those that are there. */
  readonly leftOut?: readonly string[];
  /** Of one batch, whose new fields are too many: records that have some are refused. */
  readonly refusesNewFields?: boolean;
}

/** The job as a lane runs it. */
export function withLaneSchema(spec: JobSpec, schema: LaneSchema | undefined): JobSpec {
  const { parse } = spec.steps;
  if (schema === undefined || parse.format === 'raw') return spec;
  return { ...spec, steps: { ...spec.steps, parse: parseWith(parse, schema) } };
}

function parseWith(
  parse: Exclude<ParseStep, { readonly format: 'raw' }>,
  { columns, verdicts, leftOut, refusesNewFields }: LaneSchema,
): ParseStep {
  if (parse.format !== 'json') return { ...parse, schema: columns, verdicts: [...verdicts] };
  return {
    ...parse,
    schema: columns,
    ...(leftOut === undefined ? {} : { leftOut }),
    ...(refusesNewFields === true ? { refusesNewFields } : {}),
  };
}

/** What the next batch begins with: whether a batch has too many new fields is asked of each anew. */
export function lastingSchema(schema: LaneSchema | undefined): LaneSchema | undefined {
  if (schema?.refusesNewFields === undefined) return schema;
  const { columns, verdicts, leftOut } = schema;
  return { columns, verdicts, ...(leftOut === undefined ? {} : { leftOut }) };
}
