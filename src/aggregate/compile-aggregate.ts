import { BronzeError } from '../errors.ts';
import type { AggregateOutput } from '../model/outputs/output-spec.ts';
import { field, struct, type StructField, type StructType } from '../model/table/table-schema.ts';
import { aggregateSql } from './aggregate-sql.ts';
import type { CompiledOutput } from './compiled-output.ts';
import { AggregatePart } from './gather-part.ts';
import { fingerprintOf, repeatedName } from './identity.ts';
import { mergeParts } from './merge-parts.ts';

/** A row of many more windows would be a mistake, and as many rows of the table. */
export const maxWindowsPerRow = 1000;

/** `rows` is the schema of the job's table. Throws PIPELINE_INVALID. Pure: the user's SQL is tried elsewhere. */
export function compileAggregate(output: AggregateOutput, rows: StructType): CompiledOutput {
  const problem = problemOf(output, rows);
  if (problem !== undefined) throw new BronzeError('PIPELINE_INVALID', `output ${output.name}: ${problem}`);
  const sql = aggregateSql(output, rows);
  const windowColumns =
    output.window === undefined ? [] : [field('window_start', 'timestamp'), field('window_end', 'timestamp')];
  const keys = output.groupBy.map((name) => field(name, typeOf(name, rows)));
  return {
    schema: struct(...windowColumns, ...keys, ...output.aggregates.map(({ name, type }) => field(name, type))),
    keyColumns: output.mode === 'append' ? [] : [...windowColumns.slice(0, 1), ...keys].map(({ name }) => name),
    fingerprint: fingerprintOf(meaningOf(output)),
    openPart: (session, name, start) => AggregatePart.open(session, sql, name, start),
    merge: (session, input) => mergeParts(session, sql, input),
  };
}

/**
 * Of what states mean, and in which order they stand. A type may become wider, and the delay says when windows close, not
 * what is in them. The mode says which rows of open windows the table has.
 */
function meaningOf({ window, groupBy, aggregates, mode }: AggregateOutput): unknown {
  const measures = aggregates.map((aggregate) => [aggregate.function, aggregate.input, aggregate.quantile]);
  return [window?.shape, window?.eventTime, groupBy, measures, mode];
}

function problemOf({ window, groupBy, aggregates, mode }: AggregateOutput, rows: StructType): string | undefined {
  const shape = window?.shape;
  if (shape?.kind === 'hopping' && Math.ceil(shape.sizeMs / shape.slideMs) > maxWindowsPerRow) {
    return `a row would be in more than ${maxWindowsPerRow} windows`;
  }
  if (window === undefined && mode === 'append') return 'without a window no row is ever final: it needs mode update';
  if (window === undefined && groupBy.length === 0) return 'without a window it needs columns to group by';
  const eventTime = window && find(window.eventTime, rows);
  if (window && eventTime?.type !== 'timestamp' && eventTime?.type !== 'timestamp_ntz') {
    return `the event time ${window.eventTime} is no timestamp of the table`;
  }
  const key = groupBy.find((name) => typeof find(name, rows)?.type !== 'string' || typeOf(name, rows) === 'void');
  if (key !== undefined) return `the table has no column of single values that is named ${key}`;
  const names = [...(window ? ['window_start', 'window_end'] : []), ...groupBy, ...aggregates.map(({ name }) => name)];
  return repeatedName(names);
}

function find(name: string, rows: StructType): StructField | undefined {
  return rows.fields.find((column) => column.name === name);
}

function typeOf(name: string, rows: StructType): StructField['type'] {
  return find(name, rows)?.type ?? 'void';
}
