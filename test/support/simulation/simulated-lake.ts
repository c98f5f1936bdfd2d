import { activeFiles } from '../../../src/delta/log/active-files.ts';
import { loadTableState } from '../../../src/delta/load-table-state.ts';
import { Connections, TableHandle } from '../../../src/ingest/connections.ts';
import type { DiscardInFiles } from '../../../src/ingest/discard/discard-rows.ts';
import { packStagedFiles } from '../../../src/ingest/commit/staged-files.ts';
import type { KafkaReader } from '../../../src/kafka/kafka-reader.ts';
import type { BatchPlan, RangeGroup, TransformedGroup } from '../../../src/model/batch/batch.ts';
import { deadLetterPartitionColumn } from '../../../src/model/table/dead-letter.ts';
import type { JobSpec } from '../../../src/model/job/job-spec.ts';
import type { StagedFile } from '../../../src/model/batch/staged-file.ts';
import { MemoryStore } from './memory-store.ts';
import type { Turns } from './turns.ts';

/** What a data file holds. */
interface Held {
  readonly partition: number;
  readonly offset: number;
  readonly batch: number;
}

/** Tables in memory, whose data files are lists of offsets. */
export class SimulatedLake {
  readonly #turns: Turns;
  readonly #stores = new Map<string, MemoryStore>();
  readonly #files = new Map<string, readonly Held[]>();

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  store(root: string): MemoryStore {
    const known = this.#stores.get(root) ?? new MemoryStore(root, this.#turns);
    this.#stores.set(root, known);
    return known;
  }

  /** Those of one worker: what it remembers of tables is its own. */
  connections(kafka: KafkaReader): Connections {
    return new SimulatedConnections(this, kafka);
  }

  /** Every third record is broken. */
  async transform(spec: JobSpec, plan: BatchPlan, group: RangeGroup): Promise<TransformedGroup> {
    const held = group.ranges.map(({ partition, startOffset, endOffset }) => {
      const [start, end] = [Number(startOffset), Number(endOffset)];
      return Array.from({ length: end - start }, (_, index) => ({
        partition,
        offset: start + index,
        batch: plan.batch,
      }));
    });
    const [rows, dead] = [(row: Held) => !isBroken(row), isBroken].map((wanted) => held.flat().filter(wanted));
    return {
      group: group.group,
      dataFiles: await packStagedFiles(this.store(spec.table.path), plan, this.#write(rows ?? [], {})),
      deadLetterFiles: await packStagedFiles(
        this.store(spec.deadLetter.path),
        plan,
        this.#write(dead ?? [], { [deadLetterPartitionColumn]: '2026-01-27' }),
      ),
      counts: group.ranges.map(({ partition, startOffset, endOffset }, index) => {
        const deadLetters = held[index]?.filter(isBroken).length ?? 0;
        const rowCount = (held[index]?.length ?? 0) - deadLetters;
        return { partition, startOffset, endOffset, rows: rowCount, deadLetters, drops: {} };
      }),
      deadLettersByCode: {},
      inputBytes: 1,
      outputBytes: 1,
      durations: { fetchMs: 0, transformMs: 0, writeMs: 0 },
    };
  }

  /** As an engine does it. */
  readonly discardInFiles: DiscardInFiles = async ({ tableRoot, files, from, deadLettersOf }) => {
    await this.#turns.take(`discard in ${tableRoot}`);
    const start = new Map(from.map(({ partition, offset }) => [partition, Number(offset)]));
    const since = deadLettersOf?.sinceBatch ?? 0;
    return files.flatMap(({ path, partitionValues }) => {
      const held = this.#files.get(path) ?? [];
      const kept = held.filter((row) => row.offset < (start.get(row.partition) ?? Infinity) || row.batch < since);
      if (kept.length === held.length) return [];
      const [replacement] = this.#write(kept, partitionValues);
      return [{ path, discardedRows: held.length - kept.length, ...(replacement && { replacement }) }];
    });
  };

  /** How often each offset is in a table, by `partition/offset`. */
  async counts(root: string): Promise<ReadonlyMap<string, number>> {
    const store = this.store(root);
    const state = await loadTableState(store);
    const counts = new Map<string, number>();
    if (!state) return counts;
    for await (const { path } of activeFiles(store, state)) {
      for (const { partition, offset } of this.#files.get(path) ?? []) {
        const place = `${String(partition)}/${String(offset)}`;
        counts.set(place, (counts.get(place) ?? 0) + 1);
      }
    }
    return counts;
  }

  #write(held: readonly Held[], partitionValues: StagedFile['partitionValues']): readonly StagedFile[] {
    if (held.length === 0) return [];
    const path = `file-${String(this.#files.size)}.parquet`;
    this.#files.set(path, held);
    return [{ path, sizeBytes: 1, recordCount: held.length, partitionValues, stats: '{}' }];
  }
}

export function isBroken({ offset }: Pick<Held, 'offset'>): boolean {
  return offset % 3 === 0;
}

class SimulatedConnections extends Connections {
  readonly #lake: SimulatedLake;
  readonly #kafka: KafkaReader;
  readonly #handles = new Map<string, TableHandle>();

  constructor(lake: SimulatedLake, kafka: KafkaReader) {
    super({ env: {} });
    this.#lake = lake;
    this.#kafka = kafka;
  }

  override kafka(): KafkaReader {
    return this.#kafka;
  }

  override table(root: string): TableHandle {
    const known = this.#handles.get(root) ?? new TableHandle(this.#lake.store(root), {});
    this.#handles.set(root, known);
    return known;
  }
}
