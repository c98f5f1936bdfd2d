import { join } from 'node:path';
import { openLakeSession, type LakeSession } from '../lake/lake-session.ts';
import { plainValue, type PlainValue } from '../lake/query/plain-value.ts';
import { createTableView } from '../lake/table/table-view.ts';
import { deadLetterPartitionColumn, deadLetterSchema } from '../model/table/dead-letter.ts';
import type { RecordCoordinates } from '../model/job/job-test.ts';
import { quoteIdentifier } from '../model/pipeline/sql-text.ts';
import type { StagedFile } from '../model/batch/staged-file.ts';
import type { StructField, StructType } from '../model/table/table-schema.ts';
import type { Coordinates } from './trial-coordinates.ts';

export interface TrialRow extends RecordCoordinates {
  /** In the order of `columns`. */
  readonly values: readonly PlainValue[];
}

export interface TrialDeadLetter extends RecordCoordinates {
  readonly step: string;
  readonly code: string;
  readonly message: string;
}

interface StoredFiles {
  readonly root: string;
  readonly files: readonly StagedFile[];
}

interface TrialTables {
  readonly schema: StructType;
  readonly partitionColumns: readonly string[];
  readonly coordinates: Coordinates;
  readonly rows: StoredFiles;
  readonly deadLetters: StoredFiles;
}

/** What a trial left, read from its files as any reader of the table would. */
export class TrialFiles implements AsyncDisposable {
  /** The columns of the job's table. */
  readonly columns: readonly StructField[];
  readonly #session: LakeSession;
  readonly #coordinates: Coordinates;

  private constructor(session: LakeSession, { schema, coordinates }: TrialTables) {
    this.#session = session;
    this.#coordinates = coordinates;
    const added = new Set([coordinates.partition, coordinates.offset]);
    this.columns = schema.fields.filter(({ name }) => !added.has(name));
  }

  static async open(tables: TrialTables): Promise<TrialFiles> {
    const session = await openLakeSession({ threads: 1 });
    const { schema, partitionColumns, rows, deadLetters } = tables;
    await createTableView(session.connection, 'rows', { schema, partitionColumns, files: dataFiles(rows) });
    await createTableView(session.connection, 'dead_letters', {
      schema: deadLetterSchema,
      partitionColumns: [deadLetterPartitionColumn],
      files: dataFiles(deadLetters),
    });
    return new TrialFiles(session, tables);
  }

  /** In order of topic partition and offset. */
  async rows(): Promise<readonly TrialRow[]> {
    return this.#rows('ORDER BY 1, 2');
  }

  /** Those with the highest offsets, whatever the topic partition. */
  async newestRows(most: number): Promise<readonly TrialRow[]> {
    return this.#rows(`ORDER BY 2 DESC, 1 LIMIT ${most}`);
  }

  /** Which records became rows. */
  async rowCoordinates(): Promise<readonly RecordCoordinates[]> {
    const { partition, offset } = this.#coordinates;
    const result = await this.#session.connection.runAndReadAll(
      `SELECT ${quoteIdentifier(partition)}, ${quoteIdentifier(offset)} FROM "rows"`,
    );
    return result.getRows().map(([ofPartition, ofOffset]) => ({
      partition: Number(ofPartition),
      offset: BigInt(String(ofOffset)),
    }));
  }

  async deadLetters(): Promise<readonly TrialDeadLetter[]> {
    const result = await this.#session.connection.runAndReadAll(
      'SELECT "partition", "offset", step, error_code, error_message FROM dead_letters ORDER BY 1, 2',
    );
    return result.getRows().map(([partition, offset, step, code, message]) => ({
      partition: Number(partition),
      offset: BigInt(String(offset)),
      step: String(step),
      code: String(code),
      message: String(message),
    }));
  }

  async #rows(order: string): Promise<readonly TrialRow[]> {
    const { partition, offset } = this.#coordinates;
    const names = [partition, offset, ...this.columns.map(({ name }) => name)];
    const result = await this.#session.connection.runAndReadAll(
      `SELECT ${names.map(quoteIdentifier).join(', ')} FROM "rows" ${order}`,
    );
    return result.getRows().map(([ofPartition, ofOffset, ...values]) => ({
      partition: Number(ofPartition),
      offset: BigInt(String(ofOffset)),
      values: values.map(plainValue),
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#session[Symbol.asyncDispose]();
  }
}

function dataFiles({
  root,
  files,
}: StoredFiles): readonly { url: string; partitionValues: StagedFile['partitionValues'] }[] {
  return files.map(({ path, partitionValues }) => ({ url: join(root, path), partitionValues }));
}
