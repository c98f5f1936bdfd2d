import { exactDistinctCount } from '../../model/outputs/aggregate-text.ts';
import { aggregateInput } from '../../model/outputs/aggregate-input.ts';
import { isWhole } from '../../model/outputs/aggregate-type.ts';
import type { AggregateColumn } from '../../model/outputs/output-spec.ts';
import { decimalParts, duckType, isDecimal } from '../../model/pipeline/sql-text.ts';
import type { DataType, StructField } from '../../model/table/table-schema.ts';

/** An aggregate as the engine's own aggregates give it, over all rows at once. */
export interface NaiveMeasure {
  /** Over the columns of the job's table. */
  readonly inputSql: string;
  /** Aggregates over rows, in columns of their own. */
  readonly parts: readonly NamedSql[];
  /** Over those columns: the value of the table's column, and how far that of the table may be from it. */
  readonly valueSql: string;
  readonly toleranceSql?: string;
}

export interface NamedSql {
  readonly name: string;
  readonly sql: string;
}

/** Of the magnitudes that were added up: sums of doubles depend on the order of addition. */
export const doubleTolerance = 1e-9;
/** Of the value: what `approx_quantile` may be off by, and the rounding of the comparison. */
const quantileTolerance = 0.01 * (1 + doubleTolerance);
/** Of the count: five standard errors of `approx_count_distinct`, beyond what it counts exactly. */
const distinctTolerance = 5 / Math.sqrt(exactDistinctCount);
/** Larger values have no square: then the result is NaN. */
const largestSquared = '1e150';

/** Of the `index`-th column of an output. `order` are the columns by which one row is earlier than another. */
export function naiveMeasure(
  column: AggregateColumn,
  fields: readonly StructField[],
  { index, input, order }: { readonly index: number; readonly input: string; readonly order: readonly string[] },
): NaiveMeasure {
  const { sql: inputSql, type } = aggregateInput(column, fields);
  const place = `struct_pack(${order.map((name) => `${name} := ${name}`).join(', ')})`;
  const { parts, value, tolerance } = aggregateOf(column, { x: input, place, type: type ?? 'string' });
  const named = parts.map((sql, position) => ({ name: `p${index}_${position}`, sql }));
  const names = named.map(({ name }) => name);
  return {
    inputSql,
    parts: named,
    valueSql: `TRY_CAST(${value(names)} AS ${duckType(column.type)})`,
    ...(tolerance === undefined ? {} : { toleranceSql: tolerance(names) }),
  };
}

interface Argument {
  /** The column with the input. */
  readonly x: string;
  /** A value that tells which row is earlier. */
  readonly place: string;
  readonly type: DataType;
}

interface NaiveSql {
  readonly parts: readonly string[];
  readonly value: (parts: readonly string[]) => string;
  readonly tolerance?: (parts: readonly string[]) => string;
}

const only = ([part = '']: readonly string[]): string => part;

function aggregateOf(column: AggregateColumn, argument: Argument): NaiveSql {
  const { function: name, quantile = 0.5 } = column;
  const { x, place } = argument;
  const number = `CAST(${x} AS DOUBLE)`;
  switch (name) {
    case 'sum':
      return sumOf(column, argument);
    case 'avg':
      return {
        parts: [`avg(${number})`, `avg(abs(${number}))`],
        value: only,
        tolerance: ([, size]) => `${doubleTolerance} * ${size} + ${lastDigitOf(column.type)}`,
      };
    case 'first':
      return { parts: [`arg_min_null(${x}, ${place})`], value: only };
    case 'last':
      return { parts: [`arg_max_null(${x}, ${place})`], value: only };
    case 'stddev_samp':
    case 'stddev_pop':
    case 'var_samp':
    case 'var_pop':
      return spreadOf(name, column, number);
    case 'approx_count_distinct':
      return {
        parts: [`count(DISTINCT ${isFloating(argument) ? `CASE WHEN ${x} = 0 THEN 0 ELSE ${x} END` : x})`],
        value: only,
        tolerance: ([count]) =>
          `CASE WHEN ${count} > ${exactDistinctCount} THEN ${count} * ${distinctTolerance} ELSE 0 END`,
      };
    case 'approx_quantile': {
      const sorted = `list(${number} ORDER BY ${number}) FILTER (WHERE ${x} IS NOT NULL)`;
      return {
        parts: [`(${sorted})[1 + CAST(floor(${quantile} * (count(${x}) - 1)) AS BIGINT)]`],
        value: only,
        tolerance: ([value]) => `${quantileTolerance} * abs(${value}) + ${lastDigitOf(column.type)}`,
      };
    }
    case 'count':
    case 'min':
    case 'max':
    case 'bool_and':
    case 'bool_or':
    case 'bit_and':
    case 'bit_or':
    case 'bit_xor':
      return { parts: [`${name}(${x})`], value: only };
  }
}

function isFloating({ type }: Argument): boolean {
  return type === 'double' || type === 'float';
}

/** Of integers and decimals exact. The digits of decimals are added up in two halves: their sum may overflow on the way. */
function sumOf({ type: resultType }: AggregateColumn, { x, type }: Argument): NaiveSql {
  if (isWhole(type)) return { parts: [`sum(CAST(${x} AS HUGEINT))`], value: only };
  if (!isDecimal(type)) {
    return {
      parts: [`sum(CAST(${x} AS DOUBLE))`, `sum(abs(CAST(${x} AS DOUBLE)))`],
      value: only,
      tolerance: ([, size]) => `${doubleTolerance} * ${size} + ${lastDigitOf(resultType)}`,
    };
  }
  const { scale } = decimalParts(type);
  const digits = `CAST(replace(CAST(${x} AS VARCHAR), '.', '') AS HUGEINT)`;
  const half = 'CAST(1000000000000000000 AS HUGEINT)';
  return {
    parts: [`sum(${digits} // ${half})`, `sum(${digits} % ${half})`],
    value: ([high, low]) => {
      const total = `TRY(${high} * ${half} + ${low})`;
      const text = `lpad(CAST(abs(${total}) AS VARCHAR), ${scale + 39}, '0')`;
      const pointed = scale === 0 ? text : `left(${text}, -${scale}) || '.' || right(${text}, ${scale})`;
      return `TRY_CAST(CASE WHEN ${total} < 0 THEN '-' ELSE '' END || ${pointed} AS DECIMAL(38,${scale}))`;
    },
  };
}

function spreadOf(
  name: 'stddev_samp' | 'stddev_pop' | 'var_samp' | 'var_pop',
  { type }: AggregateColumn,
  number: string,
): NaiveSql {
  const [isSample, isDeviation] = [name.endsWith('_samp'), name.startsWith('stddev')];
  const usual = `FILTER (WHERE abs(${number}) < ${largestSquared})`;
  return {
    parts: [
      `${isSample ? 'var_samp' : 'var_pop'}(${number}) ${usual}`,
      `abs(avg(${number}) ${usual})`,
      `count(${number})`,
      `bool_or(NOT abs(${number}) < ${largestSquared})`,
    ],
    value: ([variance, , count, isOdd]) =>
      `CASE WHEN ${count} < ${isSample ? 2 : 1} THEN NULL WHEN ${isOdd} THEN CAST('NaN' AS DOUBLE) ` +
      `ELSE ${isDeviation ? `sqrt(${variance})` : variance} END`,
    tolerance: ([variance, mean]) => {
      // Whoever adds them up loses small distances from a large mean.
      const ofVariance = `(${doubleTolerance} * (${variance} + ${mean} * sqrt(${variance})) + 1e-24 * ${mean} * ${mean})`;
      const ofDeviation = `least(sqrt(${ofVariance}), ${ofVariance} / nullif(sqrt(${variance}), 0))`;
      return `${isDeviation ? ofDeviation : ofVariance} + ${lastDigitOf(type)}`;
    },
  };
}

/** What rounding to the column's type can add to a difference. */
function lastDigitOf(type: DataType): string {
  if (isWhole(type)) return '1';
  return isDecimal(type) ? `1e-${decimalParts(type).scale}` : '0';
}
