import { join } from 'node:path';
import { expect } from 'vitest';
import type { CompiledOutput, StateFile } from '../../src/aggregate/compiled-output.ts';
import { type EngineSession } from '../../src/engine/session.ts';
import { addOutputCounts, noOutputCounts } from '../../src/model/outputs/output-batch.ts';
import { hidden } from '../../src/model/pipeline/pipeline-step.ts';
import { duckType, quoteIdentifier } from '../../src/model/pipeline/sql-text.ts';
import type { StructType } from '../../src/model/table/table-schema.ts';
import type { TakenRange } from '../../src/verify/outputs/output-coverage.ts';

export interface LaneRow {
  readonly partition: number;
  readonly offset: bigint;
  /** In Kafka; absent: the record has none. */
  readonly timestampMs?: bigint;
  /** SQL, in the order of the columns. */
  readonly values: readonly string[];
}

/** Groups of slices of rows. */
export type Batch = readonly (readonly (readonly LaneRow[])[])[];

export interface LaneOptions {
  readonly session: EngineSession;
  readonly output: CompiledOutput;
  /** Of the job's table. */
  readonly rows: StructType;
  /** All that ever have a row. */
  readonly partitions: readonly number[];
  readonly delayUs?: bigint;
  /** How often each batch is worked out, as after a crash. */
  readonly attempts?: number;
  /** The lane that this one was before the job changed. */
  readonly continues?: OutputLane;
}

interface Head {
  readonly stateFiles: readonly StateFile[];
  readonly closedThroughUs: bigint | undefined;
  readonly greatestEventTimeUs: ReadonlyMap<number, bigint>;
  readonly open: number;
}

type Row = Readonly<Record<string, unknown>>;

/**
 * The table of an output, as the commits of batch after batch make it: in memory, its state in files. Rows that it has
 * are passed over, as after a crash between its commit and that of the job's table.
 */
export class OutputLane {
  head: Head = { stateFiles: [], closedThroughUs: undefined, greatestEventTimeUs: new Map(), open: 0 };
  counts = noOutputCounts;
  late: unknown[] = [];
  /** As the notes of its commits would say it. */
  taken: readonly TakenRange[] = [];
  readonly #options: LaneOptions;
  readonly #table = new Map<string, Row>();
  #nextOffsets: ReadonlyMap<number, bigint> = new Map();
  #files = 0;
  #batches = 0;
  #closeThroughUs: bigint | undefined;

  constructor(options: LaneOptions) {
    this.#options = options;
    const { continues } = options;
    if (continues === undefined) return;
    this.head = continues.head;
    this.#nextOffsets = continues.#nextOffsets;
    this.taken = continues.taken;
    this.#files = continues.#files;
    for (const [key, row] of continues.#table) this.#table.set(key, row);
  }

  /** As when a topic partition is idle: windows that end by then are closed with the next batch. */
  closeThrough(us: bigint): void {
    this.#closeThroughUs = us;
  }

  get tableRows(): readonly Row[] {
    return [...this.#table.values()];
  }

  async commit(batch: Batch): Promise<void> {
    const { attempts = 1 } = this.#options;
    let outcome = await this.#attempt(batch);
    for (let again = 1; again < attempts; again++) {
      const other = await this.#attempt(batch);
      expect(other.rows).toEqual(outcome.rows);
      expect(other.gone).toEqual(outcome.gone);
      outcome = other;
    }
    const { keyColumns } = this.#options.output;
    const keyOf = (row: Row): string => JSON.stringify(keyColumns.map((name) => row[name]));
    for (const gone of outcome.gone) expect(this.#table.delete(keyOf(gone)), 'a row that leaves is there').toBe(true);
    for (const [position, row] of outcome.rows.entries()) {
      const key = keyColumns.length === 0 ? `${this.#batches}/${position}` : keyOf(row);
      expect(this.#table.has(key), 'a row that comes is not there').toBe(false);
      this.#table.set(key, row);
    }
    this.#batches++;
    this.taken = [...this.taken, ...this.#rangesOf(outcome.next)];
    this.head = outcome.head;
    this.#nextOffsets = outcome.next;
    this.counts = addOutputCounts(this.counts, outcome.counts);
    this.late.push(...outcome.late);
  }

  #rangesOf(next: ReadonlyMap<number, bigint>): readonly TakenRange[] {
    const { delayUs = 0n } = this.#options;
    const { closedThroughUs: us } = this.head;
    const lateness = { delayMs: Number(delayUs / 1000n), ...(us === undefined ? {} : { closedThroughUs: String(us) }) };
    return [...next].map(([partition, endOffset]) => {
      const startOffset = this.#nextOffsets.get(partition) ?? 0n;
      return { partition, startOffset, endOffset, lateness };
    });
  }

  async #attempt(batch: Batch) {
    const { session, output, partitions, delayUs = 0n } = this.#options;
    const next = new Map(this.#nextOffsets);
    const partFiles: string[] = [];
    const late: unknown[] = [];
    const greatest = new Map(this.head.greatestEventTimeUs);
    let counts = noOutputCounts;
    for (const [group, slices] of batch.entries()) {
      const own = new Set(slices.flatMap((rows) => rows.map(({ partition }) => partition)));
      const part = await output.openPart(session, `out_${group}`, {
        partitions: [...own].map((partition) => {
          const greatestEventTimeUs = this.head.greatestEventTimeUs.get(partition);
          const fromOffset = this.#nextOffsets.get(partition) ?? 0n;
          return { partition, fromOffset, ...(greatestEventTimeUs === undefined ? {} : { greatestEventTimeUs }) };
        }),
        ...(this.head.closedThroughUs === undefined ? {} : { closedThroughUs: this.head.closedThroughUs }),
      });
      for (const rows of slices) {
        await createSlice(session, this.#options.rows, rows);
        await part.takeSlice('slice');
        for (const { partition, offset } of rows) {
          if (offset >= (next.get(partition) ?? 0n)) next.set(partition, offset + 1n);
        }
      }
      if (part.lateTable !== undefined) {
        late.push(...(await session.rows(`SELECT * FROM ${part.lateTable} ORDER BY ALL`, 'read late records')));
      }
      const file = join(session.outputFolder, `part-${this.#files++}.parquet`);
      const gathered = await part.finish(file);
      if (gathered.rows > 0) partFiles.push(file);
      for (const [partition, us] of gathered.greatestEventTimeUs) greatest.set(partition, us);
      counts = addOutputCounts(counts, gathered.counts);
    }
    const reached = partitions.map((partition) => greatest.get(partition));
    const watermarks = reached.flatMap((us) => (us === undefined ? [] : [us - delayUs]));
    const before = this.head.closedThroughUs;
    const reachedUs = watermarks.length < partitions.length ? undefined : watermarks.toSorted(compareBigints)[0];
    const after = [before, reachedUs, this.#closeThroughUs]
      .filter((us) => us !== undefined)
      .toSorted(compareBigints)
      .at(-1);
    const newStateFile = join(session.outputFolder, `state-${this.#files++}.parquet`);
    const outcome = await output.merge(session, {
      partFiles,
      stateFiles: this.head.stateFiles,
      closedThroughUs: {
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
      },
      newStateFile,
      openBefore: this.head.open,
    });
    const rows = await readRelation(session, outcome.rows.relation);
    expect(rows.length).toBe(outcome.rows.count);
    const gone = outcome.goneKeys === undefined ? [] : await readRelation(session, outcome.goneKeys.relation);
    const { added, superseded } = outcome.state;
    const head: Head = {
      stateFiles: [
        ...this.head.stateFiles.filter(({ path }) => !superseded.includes(path)),
        ...(added === undefined ? [] : [{ ...added, path: newStateFile }]),
      ],
      closedThroughUs: after,
      greatestEventTimeUs: greatest,
      open: outcome.open,
    };
    return { rows, gone, head, counts, late, next };
  }
}

function compareBigints(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

async function createSlice(session: EngineSession, { fields }: StructType, rows: readonly LaneRow[]): Promise<void> {
  const columns = fields.map(({ name, type }) => `${quoteIdentifier(name)} ${duckType(type)}`);
  const coordinates = [`${hidden.partition} INTEGER`, `${hidden.offset} BIGINT`, `${hidden.timestampMs} BIGINT`];
  await session.run(`CREATE OR REPLACE TABLE slice (${[...columns, ...coordinates].join(', ')})`, 'make a slice');
  if (rows.length === 0) return;
  const values = rows.map(({ partition, offset, timestampMs = -1n, values: given }) => {
    return `(${[...given, partition, offset, timestampMs].join(', ')})`;
  });
  await session.run(`INSERT INTO slice VALUES ${values.join(', ')}`, 'fill a slice');
}

async function readRelation(session: EngineSession, relation: string): Promise<readonly Row[]> {
  const described = await session.rows(`DESCRIBE ${relation}`, 'describe rows');
  const names = described.map(([name]) => String(name));
  const rows = await session.rows(`SELECT * FROM ${relation} ORDER BY ALL`, 'read rows');
  return rows.map((row) => Object.fromEntries(names.map((name, position) => [name, row[position]])));
}
