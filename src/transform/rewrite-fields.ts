import type { FieldPlace } from '../model/job/field-path.ts';
import { hiddenPrefix, type ComputedColumn } from '../model/pipeline/pipeline-step.ts';
import { quoteIdentifier, quoteLiteral } from '../model/pipeline/sql-text.ts';
import type { DataType, StructField } from '../model/table/table-schema.ts';

/** A value as SQL. */
export interface TypedSql {
  readonly sql: string;
  readonly type: DataType;
  /** Can it be null although the value that it was made of is not? */
  readonly mayBecomeNull: boolean;
}

/** A change of one place of the schema. What `apply` is given must be cheap to repeat in its SQL. */
export interface FieldRewrite {
  readonly place: FieldPlace;
  readonly apply: (value: Omit<TypedSql, 'mayBecomeNull'>) => TypedSql;
}

/** Changes places inside columns: the columns that replace others, and the schema after that. */
export function rewriteFields(
  columns: readonly StructField[],
  rewrites: readonly FieldRewrite[],
): { readonly layer: readonly ComputedColumn[]; readonly columns: readonly StructField[] } {
  const layer: ComputedColumn[] = [];
  const changed = columns.map((column) => {
    const own = within(rewrites, column.name);
    if (own.length === 0) return column;
    const { sql, type, mayBecomeNull } = rewriteValue(column.type, quoteIdentifier(column.name), own, 0);
    layer.push({ name: column.name, sql });
    return { ...column, type, nullable: column.nullable || mayBecomeNull };
  });
  return { layer, columns: changed };
}

/** The rewrites in a field of the value at hand, or in its elements where no name is given; their places begin there. */
function within(rewrites: readonly FieldRewrite[], name: string | undefined): FieldRewrite[] {
  return rewrites.flatMap(({ place, apply }) => {
    const [step, ...steps] = place.steps;
    const leadsHere = step?.kind === 'field' ? step.name === name : step !== undefined && name === undefined;
    return leadsHere ? [{ place: { ...place, steps }, apply }] : [];
  });
}

function rewriteValue(type: DataType, sql: string, rewrites: readonly FieldRewrite[], depth: number): TypedSql {
  const deeper = rewrites.filter(({ place }) => place.steps.length > 0);
  const inside: TypedSql =
    deeper.length === 0 ? { type, sql, mayBecomeNull: false } : rewriteInside(type, sql, deeper, depth);
  return rewrites
    .filter(({ place }) => place.steps.length === 0)
    .reduce((value, { apply }) => {
      const applied = apply(value);
      return { ...applied, mayBecomeNull: value.mayBecomeNull || applied.mayBecomeNull };
    }, inside);
}

function rewriteInside(type: DataType, sql: string, rewrites: readonly FieldRewrite[], depth: number): TypedSql {
  if (typeof type === 'string') return { type, sql, mayBecomeNull: false };
  if (type.type === 'struct') {
    const fields = type.fields.map((field) => {
      const inner = `struct_extract(${sql}, ${quoteLiteral(field.name)})`;
      return { field, value: rewriteValue(field.type, inner, within(rewrites, field.name), depth) };
    });
    const packed = fields.map(({ field, value }) => `${quoteIdentifier(field.name)} := ${value.sql}`).join(', ');
    return {
      sql: `CASE WHEN ${sql} IS NOT NULL THEN struct_pack(${packed}) END`,
      type: {
        ...type,
        fields: fields.map(({ field, value }) => {
          return { ...field, type: value.type, nullable: field.nullable || value.mayBecomeNull };
        }),
      },
      mayBecomeNull: false,
    };
  }
  const name = `${hiddenPrefix}e${depth}`;
  const inner = within(rewrites, undefined);
  if (type.type === 'array') {
    const element = rewriteValue(type.elementType, name, inner, depth + 1);
    const containsNull = type.containsNull || element.mayBecomeNull;
    return {
      sql: `list_transform(${sql}, lambda ${name}: ${element.sql})`,
      type: { ...type, elementType: element.type, containsNull },
      mayBecomeNull: false,
    };
  }
  const value = rewriteValue(type.valueType, `${name}.value`, inner, depth + 1);
  const entry = `struct_pack("key" := ${name}.key, "value" := ${value.sql})`;
  return {
    sql: `map_from_entries(list_transform(map_entries(${sql}), lambda ${name}: ${entry}))`,
    type: { ...type, valueType: value.type, valueContainsNull: type.valueContainsNull || value.mayBecomeNull },
    mayBecomeNull: false,
  };
}
