import { noOutputCounts } from '../../model/outputs/output-batch.ts';
import { windowColumns, type AggregateOutput, type WindowRule } from '../../model/outputs/output-spec.ts';
import { quoteIdentifier } from '../../model/pipeline/sql-text.ts';
import { certain, comparableSql, readCount, type Expectation, type ExpectationInput } from './expectation.ts';
import { naiveMeasure, type NaiveMeasure } from './naive-measures.ts';
import { createPlacedRows } from './naive-windows.ts';
import { placeColumn, takenRowsSql } from './output-rows.ts';

/** Works out the rows of an aggregating output from all rows of the job's table at once. */
export async function expectAggregates(input: ExpectationInput, output: AggregateOutput): Promise<Expectation> {
  const { session, rows, taken } = input;
  const { groupBy, aggregates, window } = output;
  const order = window === undefined ? ['off', 'part'] : ['t', 'part', 'off'];
  const { fields } = rows.shape.schema;
  const { timestamp } = rows.columns;
  const measures = aggregates.map((column, index) =>
    naiveMeasure(column, fields, { index, input: `i${index}`, order }),
  );
  const keys = groupBy.map((name) => ({ name, sql: comparableSql(name, input, unsignedSql(name, input)) }));
  const columns = [
    `${placeColumn.partition} AS part`,
    `${placeColumn.offset} AS off`,
    `${window === undefined ? 'NULL' : eventTimeSql(window)} AS t`,
    `${timestamp === undefined ? 'CAST(NULL AS BIGINT)' : `epoch_us(${quoteIdentifier(timestamp)})`} AS sent_us`,
    ...keys.map(({ sql }, position) => `${sql} AS g${position}`),
    ...measures.map(({ inputSql }, position) => `${inputSql} AS i${position}`),
  ];
  await session.run(
    `CREATE OR REPLACE TEMP TABLE verify_taken AS SELECT ${columns.join(', ')} FROM (${takenRowsSql(rows, taken.coverage, false)})`,
  );
  const all = await readCount(session, 'SELECT count(*) FROM verify_taken');
  const groups = groupBy.map((_, position) => `g${position}`);
  if (window === undefined) {
    await createExpected(input, { from: 'verify_taken', keys: groups, measures });
    return { keys, values: valuesOf(output, measures), counts: { ...noOutputCounts, taken: all } };
  }
  const { late, nullEventTime, aheadOfTime } = await createPlacedRows(session, {
    window,
    coverage: taken.coverage,
    groups,
  });
  const bounds = ['w_start', 'w_end'];
  const isFinal = output.mode === 'append' ? finalSql(window, taken.closedThroughUs) : 'true';
  await createExpected(input, {
    from: `(SELECT * FROM verify_placed WHERE ${isFinal})`,
    keys: [...bounds, ...groups],
    measures,
  });
  const windows = Object.values(windowColumns).map((name) => ({ name, sql: quoteIdentifier(name) }));
  return {
    keys: [...windows, ...keys],
    values: valuesOf(output, measures),
    counts: {
      ...{ taken: all - late - nullEventTime, late, nullEventTime, nullKey: 0 },
      ...(timestamp === undefined ? {} : { aheadOfTime }),
    },
  };
}

/** Years 1 to 9999; a time beyond them, as `infinity` is, is no event time. */
function eventTimeSql({ eventTime }: WindowRule): string {
  const time = quoteIdentifier(eventTime);
  return `CASE WHEN isfinite(${time}) AND year(${time}) BETWEEN 1 AND 9999 THEN epoch_us(${time}) END`;
}

/** Windows that no later row can be in. Another row may extend a session until it is as late itself. */
function finalSql({ shape }: WindowRule, closedThroughUs: bigint | undefined): string {
  if (closedThroughUs === undefined) return 'false';
  const gapUs = shape.kind === 'session' ? BigInt(shape.gapMs) * 1000n : 0n;
  return `epoch_us(w_end) + ${gapUs} <= ${closedThroughUs}`;
}

interface Grouping {
  readonly from: string;
  readonly keys: readonly string[];
  readonly measures: readonly NaiveMeasure[];
}

async function createExpected({ session }: ExpectationInput, { from, keys, measures }: Grouping): Promise<void> {
  const named = keys.map((name, position) => `${name} AS k${position}`);
  const parts = measures.flatMap((measure) => measure.parts.map(({ name, sql }) => `${sql} AS ${name}`));
  const values = measures.flatMap(({ valueSql, toleranceSql }, position) => [
    `${valueSql} AS e${position}`,
    ...(toleranceSql === undefined ? [] : [`${toleranceSql} AS t${position}`]),
  ]);
  const names = keys.map((_, position) => `k${position}`);
  const grouped = `SELECT ${[...named, ...parts].join(', ')} FROM ${from} GROUP BY ${keys.join(', ')}`;
  await session.run(
    `CREATE OR REPLACE TEMP TABLE verify_expected AS ` +
      `SELECT ${[...names, ...values].join(', ')}, ${certain} FROM (${grouped})`,
  );
}

function valuesOf({ aggregates }: AggregateOutput, measures: readonly NaiveMeasure[]): Expectation['values'] {
  return aggregates.map(({ name }, position) => ({
    name,
    sql: quoteIdentifier(name),
    hasTolerance: measures[position]?.toleranceSql !== undefined,
  }));
}

/** −0.0 is the key 0.0. */
function unsignedSql(name: string, { rows }: ExpectationInput): string {
  const column = quoteIdentifier(name);
  const type = rows.shape.schema.fields.find((field) => field.name === name)?.type;
  return type === 'double' || type === 'float' ? `CASE WHEN ${column} = 0 THEN 0 ELSE ${column} END` : column;
}
