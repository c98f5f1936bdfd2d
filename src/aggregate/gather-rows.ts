import type { WindowRule } from '../model/outputs/output-spec.ts';
import { hidden } from '../model/pipeline/pipeline-step.ts';
import { quoteIdentifier, quoteLiteral } from '../model/pipeline/sql-text.ts';
import { gatheredStates, settledStates, type AggregateSql } from './aggregate-sql.ts';
import type { RowOrder } from './algebra.ts';
import { column } from './names.ts';
import { numberedSessions, sessionNumber } from './sessions.ts';

/** Years 1 to 9999, which Delta's readers know; `infinity` is no time. */
const [firstMicros, lastMicros] = ['-62135596800000000', '253402300799999999'];
const lastMillis = '253402300799999';

/** SQL: the rows of a slice with what the output takes of them. The user's SQL sees the columns of the job's table alone. */
export function takenRows({ window, keys, measures }: AggregateSql, relation: string): string {
  const taken = [
    hidden.partition,
    hidden.offset,
    `${window === undefined ? 'CAST(NULL AS BIGINT)' : eventTimeSql(window)} AS ${column.eventTime}`,
    `${window === undefined ? 'CAST(NULL AS BIGINT)' : movingTimeSql(window)} AS ${column.movingTime}`,
    ...keys.map(({ sql }, position) => `${sql} AS ${column.key(position)}`),
    ...measures.map(({ inputSql }, position) => `${inputSql} AS ${column.input(position)}`),
  ];
  return `SELECT ${taken.join(', ')} FROM ${relation} AS ${hidden.rows}`;
}

function eventTimeSql({ eventTime }: WindowRule): string {
  const micros = `epoch_us(${quoteIdentifier(eventTime)})`;
  return `CASE WHEN ${micros} BETWEEN ${firstMicros} AND ${lastMicros} THEN ${micros} END`;
}

/** A record without a timestamp, as very old producers send them, has nothing to be ahead of. */
function movingTimeSql(window: WindowRule): string {
  const eventTime = eventTimeSql(window);
  if (window.maxAheadMs === undefined) return eventTime;
  const furthest = `(${hidden.timestampMs} + ${window.maxAheadMs}) * 1000`;
  const isAhead = `${hidden.timestampMs} BETWEEN 0 AND ${lastMillis} AND ${eventTime} > ${furthest}`;
  return `CASE WHEN ${isAhead} THEN NULL ELSE ${eventTime} END`;
}

/** SQL: rows with a watermark, and the windows that are open for them. */
export function windowedRows({ windows }: AggregateSql, rows: string): string {
  const first = windows.firstStart(column.eventTime, column.watermark);
  const last = windows.lastStart(column.eventTime);
  return `SELECT *, ${first} AS ${column.firstStart}, ${last} AS ${column.lastStart} FROM (${rows})`;
}

/** Null where the row has no event time: then it is in no window. */
export const isTaken = `${column.firstStart} <= ${column.lastStart}`;
export const isLate = `${column.firstStart} > ${column.lastStart}`;

/** SQL: where the late rows of a slice came from, and why they are late. */
export function lateRecords({ name, windows }: AggregateSql, slice: string): string {
  const missed = windows.spans(column.eventTime).map((span) => span.map(instantText));
  const spans = missed.map(([start = '', end = '']) => `'[' || ${start} || ', ' || ${end} || ')'`);
  const message = [
    quoteLiteral(`late for ${name}: event time `),
    instantText(column.eventTime),
    quoteLiteral(', watermark '),
    instantText(column.watermark),
    quoteLiteral(`; missed ${spans.length > 1 ? 'the windows from ' : 'the window '}`),
    spans.join(` || ' to ' || `),
  ];
  return (
    `SELECT ${hidden.partition}, ${hidden.offset}, ${message.join(' || ')} AS ${hidden.message} ` +
    `FROM ${slice} WHERE ${isLate}`
  );
}

/** ISO 8601, UTC. */
function instantText(micros: string): string {
  return `replace(CAST(make_timestamp(CAST(${micros} AS BIGINT)) AS VARCHAR), ' ', 'T') || 'Z'`;
}

/**
 * SQL: one row for each key and the same windows, or for each session of the slice. `place` is that of a record among all
 * of its topic partition.
 */
export function partialStates(sql: AggregateSql, rows: string, place: string): string {
  const keys = keyNames(sql);
  const order: RowOrder =
    sql.windows.kind === 'none' ? [place, hidden.partition, '0'] : [column.eventTime, hidden.partition, place];
  const states = sql.measures.map(
    ({ algebra }, i) => `${algebra.partial(column.input(i), order)} AS ${column.state(i)}`,
  );
  const taken = `FROM ${rows} WHERE ${isTaken}`;
  if (sql.windows.gapUs === undefined) {
    const group = [column.firstStart, column.lastStart, ...keys];
    return `SELECT ${[...group, ...states].join(', ')} ${taken} GROUP BY ${group.join(', ')}`;
  }
  const spans =
    `(SELECT *, ${column.eventTime} AS ${column.start}, ${column.eventTime} + ${sql.windows.gapUs} AS ${column.end} ` +
    `${taken})`;
  return (
    `SELECT ${[...sessionSpan, ...keys, ...states].join(', ')} FROM (${numberedSessions(spans, keys)}) ` +
    `GROUP BY ${[...keys, sessionNumber].join(', ')}`
  );
}

const sessionSpan = [`min(${column.start}) AS ${column.start}`, `max(${column.end}) AS ${column.end}`];

/** SQL: the part, of what `partialStates` gave for all slices. */
export function partStates(sql: AggregateSql, gathered: string): string {
  return mergedStates(sql, sql.windows.kind === 'session' ? gathered : `(${rowPerWindow(sql, gathered)})`);
}

function rowPerWindow({ windows: { stepUs } }: AggregateSql, gathered: string): string {
  const start =
    stepUs === undefined
      ? column.firstStart
      : `unnest(range(${column.firstStart}, ${column.lastStart} + 1, CAST(${stepUs} AS BIGINT)))`;
  return `SELECT * EXCLUDE (${column.firstStart}, ${column.lastStart}), ${start} AS ${column.start} FROM ${gathered}`;
}

/** SQL: states of the same window and key, or the same session, become one. `further` are aggregates with names. */
export function mergedStates(sql: AggregateSql, states: string, further: readonly NamedSql[] = []): string {
  const keys = keyNames(sql);
  const isSession = sql.windows.kind === 'session';
  const source = isSession ? `(${numberedSessions(states, keys)})` : states;
  const group = isSession ? [...keys, sessionNumber] : sql.identity;
  const place = isSession ? [...sessionSpan, ...keys] : sql.identity;
  const gathered = [...place, ...gatheredStates(sql), ...further.map((each) => `${each.sql} AS ${each.name}`)];
  const names = isSession ? [column.start, column.end, ...keys] : sql.identity;
  const settled = [...names, ...settledStates(sql), ...further.map(({ name }) => name)];
  return (
    `SELECT ${settled.join(', ')} FROM ` + `(SELECT ${gathered.join(', ')} FROM ${source} GROUP BY ${group.join(', ')})`
  );
}

export interface NamedSql {
  readonly name: string;
  readonly sql: string;
}

function keyNames({ keys }: AggregateSql): readonly string[] {
  return keys.map((_, position) => column.key(position));
}
