import type { TableState } from '../../delta/table-state.ts';
import type { LanePosition } from '../../model/batch/batch.ts';
import { pathForTopic, schemaEvolutionOf, type JobSpec, type ParseStep } from '../../model/job/job-spec.ts';
import type { SettleSchemaRequest } from '../../model/requests/lane-requests.ts';
import { withLaneSchema, type LaneSchema, type SchemaFinding } from '../../model/batch/lane-schema.ts';
import {
  isCovered,
  mergeFields,
  typeText,
  type SchemaMerge,
  type TypeDifference,
} from '../../model/table/schema-merge.ts';
import type { SchemaVerdict } from '../../model/batch/schema-verdict.ts';
import type { StructField } from '../../model/table/table-schema.ts';
import type { Connections } from '../connections.ts';
import { heldFields } from './held-fields.ts';
import { aligned, misfit } from '../lane/lane-columns.ts';
import { fitJob } from '../lane/lane-rules.ts';
import { settleNewFields } from './settle-new-fields.ts';

/**
 * Decides what a lane reads its records as, from what they have shown beyond its columns and from what its table can
 * become. Whatever is decided is in the workflow's history from then on, so that retries see the same.
 */
export async function settleSchema(connections: Connections, request: SettleSchemaRequest): Promise<LaneSchema> {
  const { spec, topic, findings } = request;
  const state = await connections.table(pathForTopic(spec.table.path, topic)).refresh();
  return settleFindings(state, spec, findings, await heldFields(connections, spec, topic, state));
}

/**
 * Schemas are taken in the order of their ids: of two that contradict each other the older one wins. `held` are columns
 * whose types count for new fields.
 */
export function settleFindings(
  state: TableState | undefined,
  spec: JobSpec,
  findings: readonly SchemaFinding[],
  held: readonly StructField[] = state?.schema.fields ?? [],
): LaneSchema {
  let schema = laneSchemaOf(spec);
  if (spec.steps.parse.format === 'json') return settleNewFields({ state, held }, spec, schema, findings);
  const byId = new Map(findings.map((finding) => [finding.schemaId, finding]));
  for (const finding of [...byId.values()].toSorted((a, b) => (a.schemaId ?? 0) - (b.schemaId ?? 0))) {
    schema = settleFinding(state, spec, schema, finding);
  }
  return schema;
}

function laneSchemaOf({ steps: { parse } }: JobSpec): LaneSchema {
  if (parse.format === 'raw') return { columns: [], verdicts: [] };
  if (parse.format !== 'json') return { columns: parse.schema, verdicts: parse.verdicts ?? [] };
  return { columns: parse.schema, verdicts: [], ...(parse.leftOut === undefined ? {} : { leftOut: parse.leftOut }) };
}

/** Tries the columns with all that the records have, then without wider types; what does not fit even so is refused. */
function settleFinding(
  state: TableState | undefined,
  spec: JobSpec,
  lane: LaneSchema,
  { schemaId, columns }: SchemaFinding,
): LaneSchema {
  const whole = mergeFields(lane.columns, columns);
  const problem = contradiction(whole) ?? misfit(state, spec, lane, whole.fields);
  if (problem === undefined) return { ...lane, columns: aligned(state, whole.fields) };
  const narrow = mergeFields(lane.columns, columns, { widen: false });
  const isTaken = contradiction(whole) === undefined && narrow.widened.every(isCheckedByValue);
  const narrowProblem = isTaken ? misfit(state, spec, lane, narrow.fields) : problem;
  const verdict: SchemaVerdict = {
    schemaId: schemaId ?? 0,
    ...(narrowProblem === undefined ? {} : { refusal: narrowProblem }),
  };
  return {
    columns: narrowProblem === undefined ? aligned(state, narrow.fields) : lane.columns,
    verdicts: [...lane.verdicts, verdict],
  };
}

function contradiction({ conflicts, misspelt }: SchemaMerge): string | undefined {
  const problems = [
    ...conflicts.map(
      ({ place, held, wanted }) => `${place} is ${typeText(wanted)}, and the column is ${typeText(held)}`,
    ),
    ...misspelt.map(({ place, wanted }) => `${wanted} differs from the column ${place} in case alone`),
  ];
  return problems.length === 0 ? undefined : problems.join('; ');
}

/** A value that the narrower column cannot hold is found by the cast, and is a dead letter of its own. */
function isCheckedByValue({ held }: TypeDifference): boolean {
  return held !== 'float';
}

/**
 * What a lane reads when it is opened: what it has come to before, if the table still takes that. A lane whose columns
 * come from a registry takes on what its table has become: other lanes and earlier runs have read newer schemas.
 */
export function laneSchemaFor(
  state: TableState | undefined,
  spec: JobSpec,
  previous: LanePosition | undefined,
): LaneSchema | undefined {
  const before = previous?.schema;
  if (before !== undefined && state && fitJob(state, withLaneSchema(spec, before)).kind !== 'mismatch') return before;
  if (!state || schemaEvolutionOf(spec) !== 'addColumns' || !followsRecords(spec.steps.parse)) return undefined;
  const own = laneSchemaOf(spec);
  const columns = aligned(state, own.columns);
  return isCovered(mergeFields(own.columns, columns)) ? undefined : { ...own, columns };
}

/** Do the columns come from what the records are, and not from what the job says? */
function followsRecords(parse: ParseStep): boolean {
  if (parse.format === 'raw' || parse.format === 'json') return false;
  return parse.from.kind === 'registry' && parse.pinned !== undefined;
}
