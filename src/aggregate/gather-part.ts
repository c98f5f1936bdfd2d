import { hidden } from '../model/pipeline/pipeline-step.ts';
import { quoteLiteral } from '../model/pipeline/sql-text.ts';
import type { AggregateSql } from './aggregate-sql.ts';
import { addOutputCounts, noOutputCounts } from '../model/outputs/output-batch.ts';
import type { GatheredPart, PartGatherer, PartStart, SqlSession } from './compiled-output.ts';
import { isLate, isTaken, lateRecords, partialStates, partStates, takenRows, windowedRows } from './gather-rows.ts';
import { column } from './names.ts';
import { createLateTable, createStartTable, placeSql, refuseStrangers } from './part-start.ts';

/** Gathers the partial aggregates of whole topic partitions, one slice after the other. */
export class AggregatePart implements PartGatherer {
  readonly lateTable?: string;
  readonly #session: SqlSession;
  readonly #sql: AggregateSql;
  readonly #tables: { readonly start: string; readonly slice: string; readonly gathered: string };
  readonly #start: PartStart;
  #counts = noOutputCounts;

  private constructor(session: SqlSession, sql: AggregateSql, name: string, start: PartStart) {
    this.#session = session;
    this.#sql = sql;
    this.#start = start;
    this.#tables = { start: `${name}_start`, slice: `${name}_slice`, gathered: `${name}_gathered` };
    if (sql.window?.late === 'deadLetter') this.lateTable = `${name}_late`;
  }

  static async open(session: SqlSession, sql: AggregateSql, name: string, start: PartStart): Promise<AggregatePart> {
    const part = new AggregatePart(session, sql, name, start);
    await createStartTable(session, part.#tables.start, start);
    if (part.lateTable !== undefined) await createLateTable(session, part.lateTable);
    await session.run(`DROP TABLE IF EXISTS ${part.#tables.gathered}`, 'begin a part');
    return part;
  }

  async takeSlice(relation: string): Promise<void> {
    const { slice, start, gathered } = this.#tables;
    await refuseStrangers(this.#session, start, relation);
    const rows = this.#withWatermarks(takenRows(this.#sql, relation));
    await this.#session.run(`CREATE OR REPLACE TABLE ${slice} AS ${windowedRows(this.#sql, rows)}`, 'take a slice');
    const place = placeSql(this.#start, hidden.offset);
    await this.#gather(gathered, partialStates(this.#sql, slice, place));
    if (this.lateTable !== undefined) {
      await this.#session.run(`INSERT INTO ${this.lateTable} ${lateRecords(this.#sql, slice)}`, 'gather late records');
    }
    if (this.#sql.windows.kind !== 'none') {
      await this.#session.run(
        `UPDATE ${start} SET greatest_us = greatest(greatest_us, found.us) FROM ` +
          `(SELECT ${hidden.partition} AS topic_partition, max(${column.movingTime}) AS us FROM ${slice} GROUP BY 1) AS found ` +
          `WHERE found.topic_partition = ${start}.topic_partition`,
        'move watermarks',
      );
    }
    await this.#count(slice);
    await this.#session.run(`DROP TABLE ${slice}`, 'take a slice');
  }

  async finish(file: string): Promise<GatheredPart> {
    const { start, gathered, slice } = this.#tables;
    let rows = 0;
    if (this.#counts.taken > 0) {
      const part = partStates(this.#sql, gathered);
      const [[count] = []] = await this.#session.rows(
        `COPY (${part}) TO ${quoteLiteral(file)} (FORMAT parquet)`,
        'write a part',
      );
      rows = Number(count);
    }
    const greatest = await this.#session.rows(
      `SELECT topic_partition, CAST(greatest_us AS VARCHAR) FROM ${start} WHERE greatest_us IS NOT NULL`,
      'read watermarks',
    );
    for (const table of [start, gathered, slice]) {
      await this.#session.run(`DROP TABLE IF EXISTS ${table}`, 'end a part');
    }
    return {
      rows,
      counts: this.#counts,
      greatestEventTimeUs: new Map(greatest.map(([partition, us]) => [Number(partition), BigInt(String(us))])),
    };
  }

  /** Of each row, what the rows before it in its topic partition make it: those of this slice, and all before. */
  #withWatermarks(rows: string): string {
    const before =
      `max(${column.movingTime}) OVER (PARTITION BY ${hidden.partition} ORDER BY ${hidden.offset} ` +
      `ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`;
    const delayUs = BigInt(this.#sql.window?.delayMs ?? 0) * 1000n;
    const own = `greatest(${before}, greatest_us) - ${delayUs}`;
    const { closedThroughUs } = this.#start;
    const closed = closedThroughUs === undefined ? '' : `, ${closedThroughUs}`;
    const watermark = this.#sql.windows.kind === 'none' ? 'CAST(NULL AS BIGINT)' : `greatest(${own}${closed})`;
    const isNew = `${hidden.partition} = topic_partition AND ${hidden.offset} >= from_offset`;
    return (
      `SELECT * EXCLUDE (topic_partition, from_offset, greatest_us), ${watermark} AS ${column.watermark} ` +
      `FROM (${rows}) JOIN ${this.#tables.start} ON ${isNew}`
    );
  }

  /** DuckDB takes over what is inserted into a table that it makes, and copies what is inserted into another one. */
  async #gather(gathered: string, states: string): Promise<void> {
    const isFirst = this.#counts.taken === 0;
    const into = isFirst ? `CREATE OR REPLACE TABLE ${gathered} AS` : `INSERT INTO ${gathered} BY NAME`;
    await this.#session.run(`${into} ${states}`, 'gather a slice');
  }

  async #count(slice: string): Promise<void> {
    const isWindowed = this.#sql.windows.kind !== 'none';
    const [[taken, late, withoutTime, ahead] = []] = await this.#session.rows(
      `SELECT count(*) FILTER (WHERE ${isTaken}), count(*) FILTER (WHERE ${isLate}), ` +
        `${isWindowed ? `count(*) FILTER (WHERE ${column.eventTime} IS NULL)` : '0'}, ` +
        `count(*) FILTER (WHERE ${column.eventTime} IS NOT NULL AND ${column.movingTime} IS NULL) FROM ${slice}`,
      'count a slice',
    );
    this.#counts = addOutputCounts(this.#counts, {
      ...noOutputCounts,
      taken: Number(taken),
      late: Number(late),
      nullEventTime: Number(withoutTime),
      aheadOfTime: Number(ahead),
    });
  }
}
