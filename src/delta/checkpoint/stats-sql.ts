import { decimalParts, duckType, isDecimal, quoteIdentifier, quoteLiteral } from '../../model/pipeline/sql-text.ts';
import { field, struct, type DataType, type StructField, type StructType } from '../../model/table/table-schema.ts';
import { physicalName, type ColumnMappingMode } from '../../model/table/column-mapping.ts';

/** The columns of a table whose statistics may stand in `stats_parsed`, by physical name; partition columns have none. */
export interface StatsColumns {
  readonly bounds: StructType;
  readonly nullCounts: StructType;
}

export function statsColumns(
  schema: StructType,
  partitionColumns: readonly string[],
  mode: ColumnMappingMode,
): StatsColumns {
  const fields = schema.fields.filter(({ name }) => !partitionColumns.includes(name));
  return {
    bounds: struct(...mapLeaves(fields, mode, (type) => (hasBounds(type) ? type : undefined))),
    nullCounts: struct(...mapLeaves(fields, mode, () => 'long')),
  };
}

/** The type of `stats_parsed` (PROTOCOL.md, Checkpoint Schema). */
export function statsParsedType({ bounds, nullCounts }: StatsColumns): StructType {
  const columns: readonly (readonly [string, StructType])[] = [
    ['minValues', bounds],
    ['maxValues', bounds],
    ['nullCount', nullCounts],
  ];
  return struct(
    field('numRecords', 'long'),
    field('tightBounds', 'boolean'),
    ...columns.filter(([, type]) => type.fields.length > 0).map(([name, type]) => field(name, type)),
  );
}

/** SQL that reads statistics from JSON text. */
export function parseStatsSql(json: string, type: StructType): string {
  return `from_json(${json}, ${quoteLiteral(JSON.stringify(jsonStructure(type)))})`;
}

/** SQL that prints `stats_parsed` as the JSON text of `stats`. */
export function printStatsSql(parsed: string, type: StructType): string {
  return `CASE WHEN ${parsed} IS NOT NULL THEN CAST(to_json(${jsonReady(parsed, type)}) AS VARCHAR) END`;
}

/** Numbers go through doubles on their way out of JSON, so longer decimals would not be bounds any more. */
const maxExactPrecision = 15;

function hasBounds(type: DataType): boolean {
  if (isDecimal(type)) return decimalParts(type).precision <= maxExactPrecision;
  return typeof type === 'string' && !['binary', 'boolean', 'void'].includes(type);
}

function mapLeaves(
  fields: readonly StructField[],
  mode: ColumnMappingMode,
  leaf: (type: DataType) => DataType | undefined,
): StructField[] {
  return fields.flatMap((column): StructField[] => {
    const { type } = column;
    const isStruct = typeof type === 'object' && type.type === 'struct';
    const mapped = isStruct ? struct(...mapLeaves(type.fields, mode, leaf)) : leaf(type);
    if (
      mapped === undefined ||
      (typeof mapped === 'object' && mapped.type === 'struct' && mapped.fields.length === 0)
    ) {
      return [];
    }
    return [field(physicalName(column, mode), mapped)];
  });
}

function jsonStructure(type: DataType): unknown {
  if (typeof type === 'object' && type.type === 'struct') {
    return Object.fromEntries(type.fields.map(({ name, type: inner }) => [name, jsonStructure(inner)]));
  }
  return duckType(type);
}

/** A struct whose leaves DuckDB prints as PROTOCOL.md, Per-file Statistics wants them. */
function jsonReady(value: string, type: DataType): string {
  if (typeof type === 'object' && type.type === 'struct') {
    const fields = type.fields.map(({ name, type: inner }) => {
      return `${quoteIdentifier(name)} := ${jsonReady(`${value}.${quoteIdentifier(name)}`, inner)}`;
    });
    return `struct_pack(${fields.join(', ')})`;
  }
  switch (type) {
    case 'timestamp':
      return `strftime(${value}, '%Y-%m-%dT%H:%M:%S.%gZ')`;
    case 'timestamp_ntz':
      return `strftime(${value}, '%Y-%m-%dT%H:%M:%S.%g')`;
    case 'float':
    case 'double':
      return `CASE WHEN isfinite(${value}) THEN ${value} END`;
    default:
      return value;
  }
}
