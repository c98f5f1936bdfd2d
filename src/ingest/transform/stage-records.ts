import { BronzeError } from '../../errors.ts';
import { inputTableSql } from '../../engine/append-records.ts';
import type { EngineSession } from '../../engine/session.ts';
import { hidden, sourceRejections } from '../../model/pipeline/pipeline-step.ts';
import { duckType, quoteIdentifier, quoteLiteral } from '../../model/pipeline/sql-text.ts';
import { deadLetterSchema } from '../../model/table/dead-letter.ts';
import type { BatchFacts, CompiledPipeline } from '../../transform/compile-pipeline.ts';
import { NewFields } from '../../decode/new-fields.ts';
import { deadLetterSql } from '../../transform/dead-letter-rows.ts';
import { findNewFields } from '../schema/find-new-fields.ts';

/** All rows of a slice; there from `sealSlice` to the next `beginSlice`. */
export const stagedRows = 'staged';
export const deadLetterTable = 'dead_letters';
export const rejectedTable = 'rejected_records';
/** Records to be dropped as duplicates: the hidden partition and offset of each. */
export const duplicateTable = 'duplicates';

/** The code of records at which the engine itself fails. */
const engineRejection = 'ENGINE_CRASHED';

/**
 * Runs the pipeline over tables of appended records. Rows gather in one table per input table: DuckDB takes over what is
 * inserted into an empty table, and copies what is inserted into another one.
 */
export class RecordStager {
  /** What rows have beyond the columns. */
  readonly newFields = new NewFields();
  readonly #session: EngineSession;
  readonly #pipeline: CompiledPipeline;
  readonly #facts: BatchFacts;
  #pieces: string[] = [];
  #inputTables: string[] = [];
  #pieceCount = 0;
  #isolatedTables = 0;

  constructor(session: EngineSession, pipeline: CompiledPipeline, facts: BatchFacts) {
    this.#session = session;
    this.#pipeline = pipeline;
    this.#facts = facts;
  }

  async createDeadLetterTable(): Promise<void> {
    const columns = deadLetterSchema.fields.map(({ name, type }) => `${quoteIdentifier(name)} ${duckType(type)}`);
    await this.#session.run(
      `CREATE OR REPLACE TABLE ${deadLetterTable} (${columns.join(', ')})`,
      'prepare dead letters',
    );
  }

  /** The records of the slice as they came, where the pipeline keeps them. */
  get inputTables(): readonly string[] {
    return this.#inputTables;
  }

  /** Drops the rows of the slice before. */
  async beginSlice(): Promise<void> {
    await this.#session.run(`DROP VIEW IF EXISTS ${stagedRows}`, 'begin a slice');
    for (const table of [...this.#pieces, ...this.#inputTables]) {
      await this.#session.run(`DROP TABLE ${quoteIdentifier(table)}`, 'begin a slice');
    }
    this.#pieces = [];
    this.#inputTables = [];
    const { fields } = this.#pipeline.outputSchema;
    const columns = fields.map(({ name, type }) => `CAST(NULL AS ${duckType(type)}) AS ${quoteIdentifier(name)}`);
    const verdict = [
      `CAST(NULL AS INTEGER) AS ${hidden.partition}`,
      `CAST(NULL AS BIGINT) AS ${hidden.offset}`,
      `CAST(NULL AS UTINYINT) AS ${hidden.reject}`,
      `CAST(NULL AS VARCHAR) AS ${hidden.message}`,
      `CAST(NULL AS UTINYINT) AS ${hidden.drop}`,
      ...(this.#pipeline.rules.length === 0 ? [] : [`CAST(NULL AS USMALLINT[]) AS ${hidden.failedRules}`]),
      ...(this.#pipeline.tellsTimestamps ? [`CAST(NULL AS BIGINT) AS ${hidden.timestampMs}`] : []),
      ...(this.#pipeline.tellsValidity ? [`CAST(NULL AS BOOLEAN) AS ${hidden.isValid}`] : []),
      ...(this.#pipeline.tellsTombstones ? [`CAST(NULL AS BOOLEAN) AS ${hidden.isTombstone}`] : []),
      ...(this.#pipeline.findsNewFields
        ? [`CAST(NULL AS STRUCT("pointer" VARCHAR, "value" JSON)[]) AS ${hidden.newFields}`]
        : []),
    ];
    await this.#createPiece(`SELECT ${[...columns, ...verdict].join(', ')} WHERE false`, 'begin a slice');
  }

  /** Makes `stagedRows` of what was staged since `beginSlice`. */
  async sealSlice(): Promise<void> {
    const rows = this.#pieces.map((piece) => `SELECT * FROM ${piece}`).join(' UNION ALL ');
    await this.#session.run(`CREATE VIEW ${stagedRows} AS ${rows}`, 'seal a slice');
  }

  /** Notes the records in `duplicateTable` as dropped, and drops the table. */
  async dropDuplicates(): Promise<void> {
    const drop = this.#pipeline.drops.indexOf('duplicate');
    const isSame = [hidden.partition, hidden.offset].map((name) => `r.${name} = d.${name}`).join(' AND ');
    for (const piece of this.#pieces) {
      await this.#session.run(
        `UPDATE ${piece} r SET ${hidden.drop} = ${drop} FROM ${duplicateTable} d WHERE ${isSame}`,
        'drop duplicates',
      );
    }
    await this.#session.run(`DROP TABLE ${duplicateTable}`, 'drop duplicates');
  }

  async #createPiece(select: string, doing: string): Promise<string> {
    const piece = `piece_${this.#pieceCount++}`;
    await this.#session.run(`CREATE TABLE ${piece} AS ${select}`, doing);
    this.#pieces.push(piece);
    return piece;
  }

  /** Takes all records of an input table, and drops it or keeps it until the next slice. `where` names the records in errors. */
  async stage(inputTable: string, rowCount: number, where: string): Promise<void> {
    let piece: string;
    try {
      piece = await this.#createPiece(this.#pipeline.stagingSql(inputTable, this.#facts), `transform ${where}`);
    } catch (error) {
      if (!(error instanceof BronzeError) || error.code !== 'INTERNAL') throw error;
      await this.#isolate(inputTable, rowCount, where, error);
      return;
    }
    if (this.#pipeline.findsNewFields) await findNewFields(this.#session, piece, this.newFields);
    await this.#gatherDeadLetters(inputTable, piece);
    if (this.#pipeline.keepsRecords) this.#inputTables.push(inputTable);
    else await this.#session.run(`DROP TABLE ${quoteIdentifier(inputTable)}`, 'drop the input');
  }

  async #gatherDeadLetters(inputTable: string, piece: string): Promise<void> {
    const { needs, rejections, redaction } = this.#pipeline;
    if (rejections.length === sourceRejections.length) return;
    const rejected = { kind: 'pipeline', inputTable, stagedTable: piece, needs } as const;
    const sql = deadLetterSql(rejected, rejections, this.#facts, redaction);
    await this.#session.run(`INSERT INTO ${deadLetterTable} ${sql}`, 'gather dead letters');
  }

  /** One record at which the engine fails must not stop all others: halves are tried until it stands alone. */
  async #isolate(inputTable: string, rowCount: number, where: string, error: BronzeError): Promise<void> {
    const table = quoteIdentifier(inputTable);
    if (rowCount <= 1) {
      if (!this.#pipeline.needs.key) throw error;
      await this.#stageUnprocessable(inputTable, error);
    } else {
      const middle = Math.floor(rowCount / 2);
      for (const [condition, count] of [
        [`<`, middle],
        [`>=`, rowCount - middle],
      ] as const) {
        const half = `half_${this.#isolatedTables++}`;
        await this.#session.run(inputTableSql(half, this.#pipeline.needs), 'isolate a record');
        const rows = `SELECT * FROM ${table} WHERE rowid ${condition} ${middle} ORDER BY rowid`;
        await this.#session.run(`INSERT INTO ${half} ${rows}`, 'isolate a record');
        await this.stage(half, count, where);
      }
    }
    await this.#session.run(`DROP TABLE ${table}`, 'drop the input');
  }

  async #stageUnprocessable(inputTable: string, error: BronzeError): Promise<void> {
    const index = this.#pipeline.rejections.findIndex(({ code }) => code === engineRejection);
    const message = quoteLiteral(`the engine cannot process the record: ${error.message}`);
    const [empty = ''] = this.#pieces;
    const piece = await this.#createPiece(`SELECT * FROM ${empty} WHERE false`, 'set a record aside');
    await this.#session.run(
      `INSERT INTO ${piece} BY NAME SELECT ${hidden.partition}, ${hidden.offset}, ` +
        `${index} AS ${hidden.reject}, ${message} AS ${hidden.message} FROM ${quoteIdentifier(inputTable)}`,
      'set a record aside',
    );
    await this.#gatherDeadLetters(inputTable, piece);
  }

  /** Begins anew with a slice and dead letters that nothing is in. Call while nothing is being appended. */
  async discard(): Promise<void> {
    await this.beginSlice();
    await this.createDeadLetterTable();
    await this.#session.run(`TRUNCATE ${rejectedTable}`, 'discard rejected records');
  }

  /** Takes the records that were rejected before any SQL. Call while none is being appended. */
  async takeRejectedRecords(): Promise<void> {
    const { rejections, redaction } = this.#pipeline;
    const sql = deadLetterSql({ kind: 'source', table: rejectedTable }, rejections, this.#facts, redaction);
    await this.#session.run(`INSERT INTO ${deadLetterTable} ${sql}`, 'gather rejected records');
    await this.#session.run(`TRUNCATE ${rejectedTable}`, 'gather rejected records');
  }
}
