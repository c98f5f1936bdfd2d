import { noOutputCounts } from '../model/outputs/output-batch.ts';
import { hidden } from '../model/pipeline/pipeline-step.ts';
import { quoteIdentifier, quoteLiteral } from '../model/pipeline/sql-text.ts';
import { asStored, differs, isSameKey, type ChangesSql } from './changes-sql.ts';
import type { GatheredPart, PartGatherer, PartStart, SqlSession } from './compiled-output.ts';
import { countRows } from './count-rows.ts';
import { column } from './names.ts';
import { createStartTable, refuseStrangers } from './part-start.ts';
import { isSame, newestRows } from './state-files.ts';

/** Finds changes in whole topic partitions, one slice after the other; of the first records of keys, state has to tell. */
export class ChangesPart implements PartGatherer {
  readonly #session: SqlSession;
  readonly #sql: ChangesSql;
  readonly #tables: { readonly start: string; readonly slice: string; readonly found: string; readonly last: string };
  #slices = 0;
  #taken = 0;

  private constructor(session: SqlSession, sql: ChangesSql, name: string) {
    this.#session = session;
    this.#sql = sql;
    this.#tables = { start: `${name}_start`, slice: `${name}_slice`, found: `${name}_found`, last: `${name}_last` };
  }

  static async open(session: SqlSession, sql: ChangesSql, name: string, start: PartStart): Promise<ChangesPart> {
    const part = new ChangesPart(session, sql, name);
    const { found, last } = part.#tables;
    await createStartTable(session, part.#tables.start, start);
    await session.run(`CREATE OR REPLACE TABLE ${found} (${definition(sql.part)})`, 'begin a part');
    const generation = { name: column.generation, type: 'BIGINT' };
    await session.run(
      `CREATE OR REPLACE TABLE ${last} (${definition([...sql.state.stored, generation])})`,
      'begin a part',
    );
    return part;
  }

  async takeSlice(relation: string): Promise<void> {
    const { start, slice } = this.#tables;
    await refuseStrangers(this.#session, start, relation);
    const names = [hidden.partition, hidden.offset, ...this.#columnNames()].map((name) => `r.${name}`);
    const rows =
      `SELECT ${names.join(', ')} FROM ${relation} AS r SEMI JOIN ${start} AS s ` +
      `ON r.${hidden.partition} = s.topic_partition AND r.${hidden.offset} >= s.from_offset`;
    await this.#session.run(`CREATE OR REPLACE TABLE ${slice} AS ${this.#besideEarlier(rows)}`, 'take a slice');
    this.#taken += await countRows(this.#session, slice);
    await this.#gatherFound();
    await this.#gatherLast();
    await this.#session.run(`DROP TABLE ${slice}`, 'take a slice');
  }

  async finish(file: string): Promise<GatheredPart> {
    const { found, last, start } = this.#tables;
    let rows = 0;
    if (this.#taken > 0) {
      const { keys, of, state } = this.#sql;
      const values = [
        hidden.partition,
        ...keys.map(({ name }, i) => `${column.key(i)} AS ${quoteIdentifier(name)}`),
        ...of.map(({ name }, i) => `${column.state(i)} AS ${quoteIdentifier(name)}`),
      ];
      const [[count] = []] = await this.#session.rows(
        `COPY (SELECT * FROM ${found} UNION ALL BY NAME SELECT ${values.join(', ')}, true AS ${column.isLast} ` +
          `FROM (${newestRows(last, state.replaced)})) TO ${quoteLiteral(file)} (FORMAT parquet)`,
        'write a part',
      );
      rows = Number(count);
    }
    for (const table of [found, last, start]) await this.#session.run(`DROP TABLE ${table}`, 'end a part');
    return {
      rows,
      counts: { ...noOutputCounts, taken: this.#taken },
      greatestEventTimeUs: new Map(),
    };
  }

  #columnNames(): string[] {
    return this.#sql.columns.map(({ name }) => quoteIdentifier(name));
  }

  /** SQL: each record of the slice beside what the one before it had. */
  #besideEarlier(rows: string): string {
    const { keys, of } = this.#sql;
    const names = keys.map(({ name }) => quoteIdentifier(name));
    const previous = of.map(({ name }, i) => `lag(${quoteIdentifier(name)}) OVER earlier AS ${column.previous(i)}`);
    return (
      `SELECT *, ${previous.join(', ')}, row_number() OVER earlier = 1 AS ${column.isFirst}, ` +
      `lead(${hidden.offset}) OVER earlier IS NULL AS ${column.isLast} FROM (${rows}) ` +
      `WINDOW earlier AS (PARTITION BY ${[hidden.partition, ...names].join(', ')} ORDER BY ${hidden.offset})`
    );
  }

  async #gatherFound(): Promise<void> {
    const { slice, found, last } = this.#tables;
    const { of, state } = this.#sql;
    const names = [hidden.partition, hidden.offset, ...this.#columnNames()];
    const others = [...names, ...of.map((_, i) => column.previous(i)), column.isFirst];
    await this.#session.run(
      `INSERT INTO ${found} BY NAME SELECT ${others.join(', ')}, false AS ${column.isLast} FROM ${slice} ` +
        `WHERE NOT ${column.isFirst} AND ${differs(this.#sql, (i) => column.previous(i))}`,
      'find changes',
    );
    const firsts = `SELECT ${asStored(this.#sql)} FROM ${slice} WHERE ${column.isFirst}`;
    const candidates = `(SELECT l.* FROM ${last} AS l SEMI JOIN (${firsts}) AS f ON ${isSame(state.replaced, 'l', 'f')})`;
    const previous = of.map((_, i) => `l.${column.state(i)} AS ${column.previous(i)}`);
    await this.#session.run(
      `INSERT INTO ${found} BY NAME ` +
        `SELECT ${[...names.map((name) => `r.${name}`), ...previous].join(', ')}, ` +
        `l.${hidden.partition} IS NULL AS ${column.isFirst}, false AS ${column.isLast} ` +
        `FROM (SELECT * FROM ${slice} WHERE ${column.isFirst}) AS r ` +
        `LEFT JOIN (${newestRows(candidates, state.replaced)}) AS l ON ${isSameKey(this.#sql, 'r', 'l')} ` +
        `WHERE l.${hidden.partition} IS NULL OR ${differs(this.#sql, (i) => `l.${column.state(i)}`, 'r.')}`,
      'find changes between slices',
    );
  }

  /** The number of the slice is the generation of its values. */
  async #gatherLast(): Promise<void> {
    const { slice, last } = this.#tables;
    await this.#session.run(
      `INSERT INTO ${last} BY NAME SELECT ${asStored(this.#sql)}, ${this.#slices++} AS ${column.generation} ` +
        `FROM ${slice} WHERE ${column.isLast}`,
      'keep last values',
    );
  }
}

function definition(columns: readonly { readonly name: string; readonly type: string }[]): string {
  return columns.map(({ name, type }) => `${name} ${type}`).join(', ');
}
