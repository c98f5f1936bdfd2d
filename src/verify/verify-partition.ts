import type { DuckDBConnection } from '@duckdb/node-api';
import { BronzeError } from '../errors.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import { toOffset, type OffsetRange } from '../model/batch/offset-range.ts';
import { compareCounts } from './compare-counts.ts';
import { compareWindow, tellTombstones } from './compare-window.ts';
import type { PartitionCoverage, Segment } from './coverage.ts';
import type { PartitionDifferences } from './difference-list.ts';
import { explainExtras } from './explain-extras.ts';
import { loadKafka, type KafkaLoad } from './kafka-side.ts';
import { countGroups, coveredWindows, cutWindows, type Window } from './windows.ts';

export interface PartitionInput {
  readonly topic: string;
  readonly coverage: PartitionCoverage;
  /** What the table still holds of topics of the same name that were deleted. */
  readonly past: readonly Segment[];
  readonly tombstones: JobSpec['steps']['malformed']['tombstones'];
  /** The first offset that Kafka still has; `undefined` when this incarnation of the topic is gone. */
  readonly earliest: () => Promise<bigint | undefined>;
  /** The dead-letter table may be ahead of the table by a batch that is being committed. */
  readonly deadLetterPosition: bigint;
}

export interface PartitionOutcome {
  readonly records: number;
  readonly comparedFrom: bigint | undefined;
  /** Records that are in neither table, or more than once, where the notes that could say why are gone. */
  readonly unproven: number;
  readonly notes: readonly string[];
}

/** Compares one topic partition whose rows are loaded: offset by offset where Kafka still has the records. */
export async function verifyPartition(
  connection: DuckDBConnection,
  input: PartitionInput,
  load: KafkaLoad,
  differences: PartitionDifferences,
): Promise<PartitionOutcome> {
  const { coverage, topic } = input;
  const partition: Omit<OffsetRange, 'startOffset' | 'endOffset'> = {
    topic,
    topicId: coverage.topicId,
    partition: coverage.partition,
  };
  const notedFrom = coverage.segments.find(({ isAssumed }) => isAssumed)?.endOffset ?? 0n;
  const windows = cutWindows(coveredWindows(coverage.segments, input.past), notedFrom);
  const loaded = await loadWindows(connection, partition, { windows, earliest: input.earliest, load });
  const notes: string[] = [];
  const before = differences.count;
  await compareCounts(connection, coverage.partition, countGroups([...coverage.segments, ...input.past]), differences);
  const countsAgree = differences.count === before;

  let compacted = 0;
  let misplaced = 0;
  let unproven = 0;
  for (const { window, inKafka } of loaded.windows) {
    const isNoted = window.startOffset >= notedFrom;
    const windowInput = { partition: coverage.partition, window, inKafka, isNoted, tombstones: input.tombstones };
    const outcome = await compareWindow(connection, windowInput, differences);
    compacted += await explainExtras(outcome, partition, load, differences);
    unproven += outcome.unproven;
    if (!isNoted) continue;
    if (countsAgree) misplaced += outcome.misplacedTombstones;
    else await tellTombstones(connection, windowInput, differences);
  }
  await tellOutside(connection, input, windows, differences);
  if (compacted > 0) notes.push(`${compacted} records were compacted away in Kafka since they were ingested`);
  if (misplaced > 0) {
    notes.push(
      `${misplaced} tombstones were not treated as the job says now (${input.tombstones}), but as their commits counted`,
    );
  }
  if (unproven > 0) {
    notes.push(
      `${unproven} records before offset ${notedFrom} are in neither table, or more than once: whether a step dropped them, a ` +
        'reset skipped or repeated them, or they are wrong only the part of the log that was cleaned up could say',
    );
  }
  return { records: loaded.records, comparedFrom: loaded.comparedFrom, unproven, notes };
}

interface LoadedWindows {
  readonly windows: readonly { readonly window: Window; readonly inKafka: boolean }[];
  readonly records: number;
  readonly comparedFrom: bigint | undefined;
}

async function loadWindows(
  connection: DuckDBConnection,
  partition: Omit<OffsetRange, 'startOffset' | 'endOffset'>,
  input: { readonly windows: readonly Window[] } & Pick<PartitionInput, 'earliest'> & { readonly load: KafkaLoad },
): Promise<LoadedWindows> {
  for (let attempt = 1; ; attempt += 1) {
    const earliest = await input.earliest();
    const windows = splitAt(input.windows, earliest);
    const ranges = windows
      .filter(({ inKafka }) => inKafka)
      .map(({ window }) => ({
        ...partition,
        startOffset: toOffset(window.startOffset),
        endOffset: toOffset(window.endOffset),
      }));
    try {
      const records = await loadKafka(connection, ranges, input.load);
      const first = ranges[0];
      return { windows, records, comparedFrom: first === undefined ? undefined : BigInt(first.startOffset) };
    } catch (error) {
      // Retention went on while Kafka was read: begin again behind it.
      const lost = error instanceof BronzeError && error.code === 'OFFSETS_LOST';
      if (!lost || attempt === 3) throw error;
    }
  }
}

/** Cuts windows at the first offset that Kafka still has. */
function splitAt(windows: readonly Window[], earliest: bigint | undefined): LoadedWindows['windows'] {
  if (earliest === undefined) return windows.map((window) => ({ window, inKafka: false }));
  return cutWindows(windows, earliest).map((window) => {
    return { window, inKafka: window.pastCopies === 0 && window.startOffset >= earliest };
  });
}

/** Rows and dead letters of the partition at offsets that no commit covers. */
async function tellOutside(
  connection: DuckDBConnection,
  input: PartitionInput,
  windows: readonly Window[],
  differences: PartitionDifferences,
): Promise<void> {
  const covered = windows.map(({ startOffset, endOffset }) => `(off >= ${startOffset} AND off < ${endOffset})`);
  const outside = `part = ${input.coverage.partition} AND NOT (${covered.length === 0 ? 'false' : covered.join(' OR ')})`;
  const { position } = input.coverage;
  const pending = `(off >= ${position} AND off < ${input.deadLetterPosition})`;
  for (const [table, what, where] of [
    ['verify_rows', 'row', outside],
    ['verify_dead_letters', 'dead letter', `${outside} AND NOT ${pending}`],
  ] as const) {
    const total = await connection.runAndReadAll(`SELECT count(*) FROM ${table} WHERE ${where}`);
    const told = await connection.runAndReadAll(
      `SELECT off FROM ${table} WHERE ${where} ORDER BY off LIMIT ${differences.room}`,
    );
    for (const [off] of told.getRows()) {
      differences.add(
        'outsideRanges',
        `no ${what} outside of what the commits cover, which ends at ${position}`,
        `a ${what}`,
        BigInt(String(off)),
      );
    }
    differences.addUntold(Number(total.value(0, 0)) - told.currentRowCount);
  }
}
