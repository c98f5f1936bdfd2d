import { mergeFields, typeText, type SchemaMerge } from '../../model/table/schema-merge.ts';
import type { DataType, StructField, StructType } from '../../model/table/table-schema.ts';
import type { Action } from '../actions.ts';
import { columnMappingMode } from './column-mapping.ts';
import { metaDataWithSchema } from './column-ids.ts';
import { barredColumnName } from '../new-table.ts';
import { missingNotNull } from './not-null.ts';
import { usesType } from './schema-fields.ts';
import { allowsTypeWidening, protocolWith } from '../table-features.ts';
import type { TableState } from '../table-state.ts';

/** How a table takes rows of a schema: as it is, with other metadata in the same commit, or not at all. */
export type TableFit =
  | { readonly kind: 'fits' }
  | {
      readonly kind: 'evolves';
      readonly actions: readonly Action[];
      readonly merge: SchemaMerge;
      /** Of the table then. */
      readonly schema: StructType;
    }
  | { readonly kind: 'mismatch'; readonly problems: readonly string[] };

/**
 * Can rows of these columns enter the table once it has columns added and types widened? Columns of the table that are
 * not made must be nullable: they are null in the rows.
 */
export function fitTable(state: TableState, made: StructType): TableFit {
  const merge = mergeFields(state.schema.fields, made.fields);
  const problems = [...problemsOf(state, made, merge)];
  if (problems.length > 0) return { kind: 'mismatch', problems };
  if (merge.added.length + merge.widened.length === 0) return { kind: 'fits' };
  const schema: StructType = { type: 'struct', fields: withTypeChanges(state.schema.fields, merge.fields) };
  return { kind: 'evolves', merge, ...evolutionOf(state, schema) };
}

function* problemsOf(state: TableState, made: StructType, merge: SchemaMerge): Iterable<string> {
  for (const { place, held, wanted } of [...merge.conflicts, ...merge.narrower]) {
    yield `column ${place} is ${typeText(held)} in the table and ${typeText(wanted)} in the job`;
  }
  for (const { place, wanted } of merge.misspelt) yield `column ${place} of the table is called ${wanted} in the job`;
  if (!allowsTypeWidening(state)) {
    for (const { place, held, wanted } of merge.widened) {
      yield (
        `column ${place} is ${typeText(held)} in the table and ${typeText(wanted)} in the job; to widen it, the table ` +
        'needs the feature typeWidening (table property delta.enableTypeWidening)'
      );
    }
  }
  yield* missingNotNull(state.schema, made);
  // Mapped columns have other names in files.
  for (const place of columnMappingMode(state.metaData) === 'none' ? merge.added : []) {
    if (barredColumnName(place)) yield `the column name "${place}" has a character that Parquet tables do not allow`;
  }
}

function evolutionOf(
  { protocol, metaData: before, schema: held }: TableState,
  wanted: StructType,
): { readonly actions: readonly Action[]; readonly schema: StructType } {
  const needed = usesType(wanted, 'timestamp_ntz') ? protocolWith(protocol, 'timestampNtz') : protocol;
  const { metaData, schema } = metaDataWithSchema(before, wanted, held);
  return { actions: [...(needed === protocol ? [] : [{ protocol: needed }]), { metaData }], schema };
}

interface TypeChange {
  readonly fromType: DataType;
  readonly toType: DataType;
  readonly fieldPath?: string;
}

const typeChangesKey = 'delta.typeChanges';

/** PROTOCOL.md, Type Change Metadata: each change is noted at the nearest field around it. */
function withTypeChanges(before: readonly StructField[], after: readonly StructField[]): readonly StructField[] {
  const known = new Map(before.map((field) => [field.name, field]));
  return after.map((field): StructField => {
    const old = known.get(field.name);
    if (old === undefined || old.type === field.type) return field;
    const changes: TypeChange[] = [];
    const type = noteChanges(old.type, field.type, [], changes);
    if (changes.length === 0) return { ...field, type };
    const earlier: unknown = field.metadata[typeChangesKey];
    const all: readonly unknown[] = [...(Array.isArray(earlier) ? (earlier as unknown[]) : []), ...changes];
    return { ...field, type, metadata: { ...field.metadata, [typeChangesKey]: all } };
  });
}

function noteChanges(before: DataType, after: DataType, path: readonly string[], changes: TypeChange[]): DataType {
  if (typeof before === 'string' || typeof after === 'string') {
    if (before !== after) {
      const place = path.length === 0 ? {} : { fieldPath: path.join('.') };
      changes.push({ fromType: before, toType: after, ...place });
    }
    return after;
  }
  if (before.type === 'struct' && after.type === 'struct') {
    return { ...after, fields: withTypeChanges(before.fields, after.fields) };
  }
  if (before.type === 'array' && after.type === 'array') {
    return { ...after, elementType: noteChanges(before.elementType, after.elementType, [...path, 'element'], changes) };
  }
  if (before.type === 'map' && after.type === 'map') {
    return { ...after, valueType: noteChanges(before.valueType, after.valueType, [...path, 'value'], changes) };
  }
  return after;
}
