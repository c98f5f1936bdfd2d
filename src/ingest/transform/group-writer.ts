import { RecordAppender, inputTableSql, rejectedTableSql } from '../../engine/append-records.ts';
import type { EngineSession } from '../../engine/session.ts';
import type { DuplicateCounts } from '../../model/job/deduplicate-rule.ts';
import type { SchemaFinding } from '../../model/batch/lane-schema.ts';
import type { KafkaRecord } from '../../model/batch/kafka-record.ts';
import { isRow } from '../../model/pipeline/pipeline-step.ts';
import type { StagedFile } from '../../model/batch/staged-file.ts';
import type { RecordDecoders } from '../../model/pipeline/value-decoder.ts';
import { writeFiles, type FileTarget } from '../../parquet/write-files.ts';
import type { BatchFacts, CompiledPipeline } from '../../transform/compile-pipeline.ts';
import { findDuplicates } from '../deduplicate/find-duplicates.ts';
import type { HeldTable } from '../deduplicate/held-keys.ts';
import type { OutputGatherers } from '../outputs/gather-outputs.ts';
import type { RangeTally } from './range-tally.ts';
import { deadLetterTable, RecordStager, rejectedTable, stagedRows } from './stage-records.ts';
import { countDeadLetters, countFailedRules, countRows, findDrops } from './staged-counts.ts';

/** How much is taken at a time; all bytes are those of keys, values and headers. */
export interface SliceLimits {
  /** Records handed to the engine at once, while the next ones are fetched. */
  readonly inputBytes: number;
  readonly inputRows: number;
  /** Rows gathered before files are written. */
  readonly sliceBytes: number;
}

export interface GroupTargets {
  readonly rows: FileTarget;
  readonly deadLetters: FileTarget;
}

/** Takes the records of a group and leaves files. Rows gather up to `sliceBytes`, and then become files. */
export class GroupWriter {
  readonly rowFiles: StagedFile[] = [];
  readonly deadLetterFiles: StagedFile[] = [];
  /** Of a job that looks for them. */
  duplicates: DuplicateCounts | undefined;
  transformMs = 0;
  writeMs = 0;
  readonly #session: EngineSession;
  readonly #pipeline: CompiledPipeline;
  readonly #stager: RecordStager;
  readonly #appender: RecordAppender;
  readonly #tally: RangeTally;
  readonly #limits: SliceLimits;
  readonly #targets: GroupTargets;
  readonly #where: string;
  readonly #held: HeldTable | undefined;
  readonly #outputs: OutputGatherers | undefined;
  #staging: Promise<void> = Promise.resolve();
  #inputTables = 0;
  #inputTable = '';
  #inputRows = 0;
  #inputBytes = 0;
  #sliceBytes = 0;
  #deadLetterBytes = 0;

  private constructor(options: GroupWriterOptions, appender: RecordAppender) {
    const { session, pipeline, facts, tally, limits, targets, where } = options;
    this.#session = session;
    this.#pipeline = pipeline;
    this.#stager = new RecordStager(session, pipeline, facts);
    this.#appender = appender;
    this.#tally = tally;
    // Which rows are duplicates shows when all are there: the engine spills them, and nothing is written before.
    this.#limits = pipeline.deduplication ? { ...limits, sliceBytes: Number.POSITIVE_INFINITY } : limits;
    this.#held = options.held;
    this.#outputs = options.outputs;
    this.#targets = targets;
    this.#where = where;
  }

  static async open(options: GroupWriterOptions): Promise<GroupWriter> {
    const { session, pipeline, decoders } = options;
    await session.run(rejectedTableSql(rejectedTable), 'prepare the engine');
    const appender = await RecordAppender.open(session.appendConnection, pipeline.needs, rejectedTable, decoders);
    const writer = new GroupWriter(options, appender);
    await writer.#stager.beginSlice();
    await writer.#stager.createDeadLetterTable();
    await writer.#beginInput();
    return writer;
  }

  /** What rows have shown beyond the columns. Once there is something, nothing more is written. */
  get findings(): readonly SchemaFinding[] {
    return this.#stager.newFields.findings;
  }

  /** True once `turnInput` must be called before the next record. */
  add(record: KafkaRecord): boolean {
    const bytes = recordBytes(record);
    switch (this.#appender.append(record)) {
      case 'input':
        this.#inputRows++;
        this.#inputBytes += bytes;
        break;
      case 'rejected':
        this.#deadLetterBytes += bytes;
        break;
      case 'dropped':
        this.#tally.addDrops(record.partition, { tombstone: 1 });
        break;
    }
    const { inputRows, inputBytes, sliceBytes } = this.#limits;
    return this.#inputRows >= inputRows || this.#inputBytes >= inputBytes || this.#deadLetterBytes >= sliceBytes;
  }

  /** Lets the engine work on what was added, while the next records are added. */
  async turnInput(): Promise<void> {
    this.#appender.endInput();
    await this.#staging;
    if (this.#sliceBytes >= this.#limits.sliceBytes || this.#deadLetterBytes >= this.#limits.sliceBytes) {
      await this.#writeSlice(false);
    }
    this.#startStaging();
    await this.#beginInput();
  }

  /** Writes what is left. Nothing can be added afterwards. */
  async finish(): Promise<void> {
    this.#appender.endInput();
    await this.#staging;
    this.#startStaging();
    await this.#staging;
    await this.#writeSlice(true);
  }

  close(): void {
    this.#appender.close();
  }

  #startStaging(): void {
    const [table, rows] = [this.#inputTable, this.#inputRows];
    this.#sliceBytes += this.#inputBytes;
    [this.#inputRows, this.#inputBytes] = [0, 0];
    const startedAt = performance.now();
    this.#staging = this.#stager.stage(table, rows, this.#where).then(() => {
      this.transformMs += performance.now() - startedAt;
    });
    // It is awaited at the next turn; until then a failure must not end the process.
    this.#staging.catch(() => {});
  }

  async #beginInput(): Promise<void> {
    this.#inputTable = `input_${this.#inputTables++}`;
    await this.#session.appendConnection.run(inputTableSql(this.#inputTable, this.#pipeline.needs));
    await this.#appender.beginInput(this.#inputTable);
  }

  async #writeSlice(isLast: boolean): Promise<void> {
    if (this.findings.length > 0) {
      await this.#stager.discard();
      [this.#sliceBytes, this.#deadLetterBytes] = [0, 0];
      return;
    }
    const startedAt = performance.now();
    const holdsOthers = await this.#tallySlice();
    await this.#outputs?.takeSlice(this.#stager.inputTables);
    if (this.#sliceBytes > 0) {
      const where = holdsOthers ? { where: isRow } : {};
      const source = { table: stagedRows, ...where, sizeBytes: this.#sliceBytes };
      this.rowFiles.push(...(await writeFiles(this.#session, source, this.#targets.rows)));
    }
    await this.#stager.beginSlice();
    this.#sliceBytes = 0;
    await this.#stager.takeRejectedRecords();
    if (isLast || this.#deadLetterBytes >= this.#limits.sliceBytes) await this.#writeDeadLetters();
    this.writeMs += performance.now() - startedAt;
  }

  /** Are there records among the staged rows that are no rows? */
  async #tallySlice(): Promise<boolean> {
    await this.#stager.sealSlice();
    await this.#dropDuplicates();
    let [rows, rejected, dropped] = [0, 0, 0];
    for (const counts of await countRows(this.#session)) {
      this.#tally.addRows(counts.partition, counts.rows);
      rows += counts.rows;
      rejected += counts.rejected;
    }
    for (const failed of await countFailedRules(this.#session, this.#pipeline)) this.#tally.addFailedRule(failed);
    for (const { partition, reason, run } of await findDrops(this.#session, this.#pipeline)) {
      this.#tally.addDropped(partition, reason, run);
      dropped += Number(run.length);
    }
    if (rejected > 0) this.#deadLetterBytes += Math.ceil((this.#sliceBytes * rejected) / (rows + rejected + dropped));
    return rejected + dropped > 0;
  }

  async #dropDuplicates(): Promise<void> {
    const { deduplication, outputSchema } = this.#pipeline;
    if (!deduplication) return;
    this.duplicates = await findDuplicates({
      session: this.#session,
      deduplication,
      fields: outputSchema.fields,
      ...(this.#held === undefined ? {} : { held: this.#held }),
    });
    await this.#stager.dropDuplicates();
  }

  async #writeDeadLetters(): Promise<void> {
    for (const { partition, code, count } of await countDeadLetters(this.#session)) {
      this.#tally.addDeadLetters(partition, code, count);
    }
    const source = { table: deadLetterTable, sizeBytes: Math.max(1, this.#deadLetterBytes) };
    this.deadLetterFiles.push(...(await writeFiles(this.#session, source, this.#targets.deadLetters)));
    await this.#stager.createDeadLetterTable();
    this.#deadLetterBytes = 0;
  }
}

export interface GroupWriterOptions {
  readonly session: EngineSession;
  readonly pipeline: CompiledPipeline;
  readonly decoders: RecordDecoders;
  readonly facts: BatchFacts;
  readonly tally: RangeTally;
  readonly limits: SliceLimits;
  readonly targets: GroupTargets;
  /** Where duplicates are looked for besides the group, which is the whole batch then. */
  readonly held?: HeldTable;
  /** Further tables that take the rows. */
  readonly outputs?: OutputGatherers;
  /** Names the ranges in errors. */
  readonly where: string;
}

/** What a record takes, roughly: its bytes and what the engine keeps besides. */
function recordBytes({ key, value, headers }: KafkaRecord): number {
  let bytes = 32 + (value?.length ?? 0) + (key?.length ?? 0);
  for (const [name, content] of headers) bytes += name.length + (content?.length ?? 0);
  return bytes;
}
