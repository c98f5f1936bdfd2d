import { countFields, decidedFields, joinFields } from '../../decode/json-types.ts';
import { pointerTo } from '../../decode/json-containers.ts';
import type { TableState } from '../../delta/table-state.ts';
import type { JobSpec } from '../../model/job/job-spec.ts';
import { mostNewFields, type LaneSchema, type SchemaFinding } from '../../model/batch/lane-schema.ts';
import { mergeFields } from '../../model/table/schema-merge.ts';
import type { DataType, StructField } from '../../model/table/table-schema.ts';
import { aligned, misfit } from '../lane/lane-columns.ts';

interface Target {
  /** The job's table. */
  readonly state: TableState | undefined;
  /** Its columns, and those that only outputs have so far. */
  readonly held: readonly StructField[];
}

/**
 * Makes columns of the fields that JSON records have beyond the lane's. Where there is a column of the name already,
 * its type counts; a field that has no place in the table, or beside the job's other columns, is left out from then on.
 */
export function settleNewFields(
  target: Target,
  spec: JobSpec,
  lane: LaneSchema,
  findings: readonly SchemaFinding[],
): LaneSchema {
  const { state } = target;
  const found = decidedFields(
    findings.reduce<readonly StructField[]>((all, { columns }) => joinFields(all, columns), []),
  );
  const added = mergeFields(lane.columns, found);
  const isTooMany = findings.some(({ tooManyFields }) => tooManyFields === true);
  if (isTooMany || countFields(added.fields) - countFields(lane.columns) > mostNewFields) {
    return { ...lane, refusesNewFields: true };
  }
  const whole = withColumns(target, lane, found);
  // The engine has another idea of letters' cases than JavaScript where it gives such fields for new ones.
  if (added.misspelt.length === 0 && misfit(state, spec, lane, whole) === undefined) return { ...lane, columns: whole };
  // One at a time: those that fit need not wait for the others.
  let { columns } = lane;
  const leftOut = [...(lane.leftOut ?? [])];
  for (const field of newFieldsIn(lane.columns, found, [])) {
    const column = columnAt(field);
    const wider = withColumns(target, { ...lane, columns }, [column]);
    const isMisspelt = mergeFields(columns, [column]).misspelt.length > 0;
    if (!isMisspelt && misfit(state, spec, lane, wider) === undefined) columns = wider;
    else leftOut.push(pointerTo([...field.path, field.field.name]));
  }
  return { ...lane, columns, leftOut };
}

function withColumns(
  { state, held }: Target,
  { columns }: LaneSchema,
  found: readonly StructField[],
): readonly StructField[] {
  return aligned(state, mergeFields(columns, asHeld(held, found)).fields);
}

/** The types of columns that are there. Values that do not fit them are found by the cast. */
function asHeld(held: readonly StructField[], found: readonly StructField[]): readonly StructField[] {
  const byName = new Map(held.map((field) => [field.name, field.type]));
  return found.map((field) => ({ ...field, type: heldType(byName.get(field.name), field.type) }));
}

function heldType(held: DataType | undefined, found: DataType): DataType {
  if (held === undefined) return found;
  if (typeof held === 'string' || typeof found === 'string') return held;
  if (held.type === 'struct' && found.type === 'struct') {
    return { ...held, fields: mergeFields(held.fields, asHeld(held.fields, found.fields)).fields };
  }
  if (held.type === 'array' && found.type === 'array') {
    return { ...held, elementType: heldType(held.elementType, found.elementType) };
  }
  return held;
}

interface NewField {
  /** Names of the structs around it, which the lane has. */
  readonly path: readonly string[];
  readonly field: StructField;
}

function newFieldsIn(
  held: readonly StructField[],
  found: readonly StructField[],
  path: readonly string[],
): readonly NewField[] {
  const byName = new Map(held.map((field) => [field.name, field.type]));
  return found.flatMap((field): readonly NewField[] => {
    const around = byName.get(field.name);
    const isWithin = typeof around === 'object' && around.type === 'struct' && typeof field.type === 'object';
    if (!isWithin || field.type.type !== 'struct') return [{ path, field }];
    return newFieldsIn(around.fields, field.type.fields, [...path, field.name]);
  });
}

/** The lane's column in which the field is, with nothing else in it. */
function columnAt({ path, field }: NewField): StructField {
  return path.reduceRight<StructField>(
    (inner, name) => ({ name, type: { type: 'struct', fields: [inner] }, nullable: true, metadata: {} }),
    field,
  );
}
