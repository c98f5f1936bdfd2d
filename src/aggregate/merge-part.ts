import { hidden } from '../model/pipeline/pipeline-step.ts';
import { quoteLiteral } from '../model/pipeline/sql-text.ts';
import type { GatheredPart, PartGatherer, PartStart, SqlSession } from './compiled-output.ts';
import { mergeColumn, newestOfKeys, type MergeSql } from './merge-rows.ts';
import { createStartTable, placeSql, refuseStrangers } from './part-start.ts';

/** Gathers the row that holds for each key of whole topic partitions, one slice after the other. */
export class MergePart implements PartGatherer {
  readonly #session: SqlSession;
  readonly #sql: MergeSql;
  readonly #tables: { readonly start: string; readonly slice: string; readonly gathered: string };
  readonly #start: PartStart;
  #taken = 0;
  #nullKey = 0;

  private constructor(session: SqlSession, sql: MergeSql, name: string, start: PartStart) {
    this.#session = session;
    this.#sql = sql;
    this.#start = start;
    this.#tables = { start: `${name}_start`, slice: `${name}_slice`, gathered: `${name}_gathered` };
  }

  static async open(session: SqlSession, sql: MergeSql, name: string, start: PartStart): Promise<MergePart> {
    const part = new MergePart(session, sql, name, start);
    await createStartTable(session, part.#tables.start, start);
    await session.run(`DROP TABLE IF EXISTS ${part.#tables.gathered}`, 'begin a part');
    return part;
  }

  async takeSlice(relation: string): Promise<void> {
    const { start, slice, gathered } = this.#tables;
    const { keys } = this.#sql;
    await refuseStrangers(this.#session, start, relation);
    const isNew = `SELECT 1 FROM ${start} WHERE ${hidden.partition} = topic_partition AND ${hidden.offset} >= from_offset`;
    const own = `SELECT * FROM (${this.#sql.changesSql(relation)}) WHERE EXISTS (${isNew})`;
    const places = [hidden.offset, mergeColumn.clearedAt].map((name) => `${placeSql(this.#start, name)} AS ${name}`);
    await this.#session.run(
      `CREATE OR REPLACE TABLE ${slice} AS SELECT * REPLACE (${places.join(', ')}) FROM (${own})`,
      'take a slice',
    );
    const hasKey = keys.map((name) => `${name} IS NOT NULL`).join(' AND ');
    const [[taken, nullKey] = []] = await this.#session.rows(
      `SELECT count(*) FILTER (WHERE ${hasKey}), count(*) FILTER (WHERE NOT (${hasKey})) FROM ${slice}`,
      'count a slice',
    );
    const newest = newestOfKeys(this.#sql, `(SELECT * FROM ${slice} WHERE ${hasKey})`);
    // DuckDB takes over what is inserted into a table that it makes, and copies what is inserted into another one.
    const into = this.#taken === 0 ? `CREATE OR REPLACE TABLE ${gathered} AS` : `INSERT INTO ${gathered}`;
    await this.#session.run(`${into} ${newest}`, 'gather a slice');
    await this.#session.run(`DROP TABLE ${slice}`, 'gather a slice');
    this.#taken += Number(taken);
    this.#nullKey += Number(nullKey);
  }

  async finish(file: string): Promise<GatheredPart> {
    const { start, slice, gathered } = this.#tables;
    let rows = 0;
    if (this.#taken > 0) {
      const [[count] = []] = await this.#session.rows(
        `COPY (${newestOfKeys(this.#sql, gathered)}) TO ${quoteLiteral(file)} (FORMAT parquet)`,
        'write a part',
      );
      rows = Number(count);
    }
    for (const table of [start, gathered, slice]) {
      await this.#session.run(`DROP TABLE IF EXISTS ${table}`, 'end a part');
    }
    const counts = { taken: this.#taken, late: 0, nullEventTime: 0, nullKey: this.#nullKey };
    return { rows, counts, greatestEventTimeUs: new Map() };
  }
}
