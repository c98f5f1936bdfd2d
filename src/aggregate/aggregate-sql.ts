import type { AggregateOutput, WindowRule } from '../model/outputs/output-spec.ts';
import { duckType, quoteIdentifier } from '../model/pipeline/sql-text.ts';
import type { DataType, StructType } from '../model/table/table-schema.ts';
import { unsignedZero } from './algebra.ts';
import { compileMeasure, type Measure } from './measure.ts';
import { column } from './names.ts';
import type { StoredState } from './state-files.ts';
import { compileWindows, type Windows } from './windows.ts';

/** An aggregating output as pieces of SQL, of which its statements are made. */
export interface AggregateSql {
  /** Of the output. */
  readonly name: string;
  readonly window: WindowRule | undefined;
  readonly windows: Windows;
  /** Never none. */
  readonly keys: readonly KeyColumn[];
  readonly measures: readonly Measure[];
  readonly mode: 'append' | 'update';
  /** What tells one state from another of the same generation. */
  readonly identity: readonly string[];
  /** Parts and state files; the sessions of a key are replaced at once, since they may become one. */
  readonly state: StoredState;
}

interface KeyColumn {
  /** In the table; that of all rows alike, of an output without `groupBy`, is not in it. */
  readonly name?: string;
  readonly type: DataType;
  /** Over the columns of the job's table. */
  readonly sql: string;
}

export function aggregateSql(output: AggregateOutput, rows: StructType): AggregateSql {
  const windows = compileWindows(output.window?.shape);
  const keys =
    output.groupBy.length === 0 ? [oneForAll] : output.groupBy.map((name) => keyColumn(name, rows, output.partitionBy));
  const measures = output.aggregates.map((aggregate) => compileMeasure(aggregate, rows.fields));
  const keyNames = keys.map((_, position) => column.key(position));
  const end = windows.kind === 'session' ? [{ name: column.end, type: 'BIGINT' }] : [];
  return {
    name: output.name,
    window: output.window,
    windows,
    keys,
    measures,
    mode: output.mode,
    identity: [column.start, ...keyNames],
    state: {
      stored: [
        { name: column.start, type: 'BIGINT' },
        ...end,
        ...keys.map(({ type }, position) => ({ name: column.key(position), type: duckType(type) })),
        ...measures.map(({ algebra }, position) => ({ name: column.state(position), type: algebra.stateType })),
      ],
      replaced: windows.kind === 'session' ? keyNames : [column.start, ...keyNames],
      ...(windows.kind === 'none' ? {} : { closesAt: windows.closesAt }),
    },
  };
}

const oneForAll: KeyColumn = { type: 'integer', sql: '0' };

function keyColumn(name: string, rows: StructType, partitionBy: readonly string[]): KeyColumn {
  const type = rows.fields.find((field) => field.name === name)?.type ?? 'string';
  const sql = quoteIdentifier(name);
  if (type === 'double' || type === 'float') return { name, type, sql: unsignedZero(sql) };
  // A partition value cannot be an empty text (PROTOCOL.md, Partition Value Serialization): two rows would look the same.
  return { name, type, sql: type === 'string' && partitionBy.includes(name) ? `nullif(${sql}, '')` : sql };
}

/** What two passes over states select: aggregates over those of one identity, and the states that they become. */
export function gatheredStates({ measures }: Pick<AggregateSql, 'measures'>): readonly string[] {
  return measures.map(({ algebra }, i) => `${algebra.gather(column.state(i))} AS ${column.state(i)}`);
}

export function settledStates({ measures }: Pick<AggregateSql, 'measures'>): readonly string[] {
  return measures.map(
    ({ algebra }, i) => `${algebra.settle?.(column.state(i)) ?? column.state(i)} AS ${column.state(i)}`,
  );
}
