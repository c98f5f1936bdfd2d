import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { readDroppedSets } from '../lake/notes/dropped-sets.ts';
import type { LakeTable } from '../lake/table/open-table.ts';
import { dropCount } from '../model/batch/batch.ts';
import type { BatchNote } from '../model/table/commit-note.ts';
import { readOffsetRuns, stepDropReasons, type DroppedSet, type OffsetRun } from '../model/batch/dropped-offsets.ts';
import type { CoverageProblem, PartitionCoverage, Segment } from './coverage.ts';

/**
 * Loads the offsets that commit notes say steps dropped into the temporary table `verify_dropped`, and adds to the
 * coverages where those are not what the notes count. Notes of which a reset left nothing are not looked at: what they
 * name may be gone.
 */
export async function loadDropped(
  connection: DuckDBConnection,
  { store }: LakeTable,
  coverages: readonly PartitionCoverage[],
): Promise<readonly PartitionCoverage[]> {
  await connection.run('CREATE OR REPLACE TEMP TABLE verify_dropped (part INTEGER, low BIGINT, high BIGINT)');
  const segments = coverages.flatMap((coverage) => coverage.segments.map((segment) => ({ coverage, segment })));
  const problems = new Map<PartitionCoverage, readonly CoverageProblem[]>();
  const appender = await connection.createAppender('verify_dropped', 'main', 'temp');
  for (const [note, ofNote] of Map.groupBy(segments, ({ segment }) => segment.note)) {
    if (note === undefined) continue;
    const { sets, unreadable } = await readSets(store, note);
    for (const { coverage, segment } of ofNote) {
      const noted = { partition: coverage.partition, segment, note };
      const found = [...unreadable, ...strangers(segment.version, note, sets), ...appendSets(appender, noted, sets)];
      problems.set(coverage, [...(problems.get(coverage) ?? []), ...found]);
    }
  }
  appender.closeSync();
  return coverages.map((coverage) => {
    return { ...coverage, problems: [...coverage.problems, ...(problems.get(coverage) ?? [])] };
  });
}

async function readSets(
  store: LakeTable['store'],
  { dropped = [] }: BatchNote,
): Promise<{ readonly sets: readonly DroppedSet[]; readonly unreadable: readonly CoverageProblem[] }> {
  const readings = await Promise.all(dropped.map((part) => readDroppedSets(store, part)));
  return {
    sets: readings.flatMap((reading) => (reading.kind === 'sets' ? reading.sets : [])),
    unreadable: readings.flatMap((reading) =>
      reading.kind === 'sets' ? [] : [problem('a readable list of dropped offsets', reading.problem)],
    ),
  };
}

/** Sets of topic partitions that the note does not cover. */
function strangers(version: number, { ranges }: BatchNote, sets: readonly DroppedSet[]): readonly CoverageProblem[] {
  const strange = sets.find((set) => ranges.every(({ partition }) => partition !== set.partition));
  return strange === undefined
    ? []
    : [
        problem(
          `version ${version} to drop offsets of topic partitions that it covers`,
          `some of partition ${strange.partition}`,
        ),
      ];
}

interface NotedSegment {
  readonly partition: number;
  readonly segment: Segment;
  readonly note: BatchNote;
}

/** What a reset left of a segment has its offsets loaded, but not counted: nobody knows how many there were in it. */
function appendSets(
  appender: DuckDBAppender,
  { partition, segment, note }: NotedSegment,
  sets: readonly DroppedSet[],
): CoverageProblem[] {
  const version = `version ${segment.version}`;
  const range = `[${segment.startOffset}, ${segment.endOffset})`;
  const counted = note.ranges.find((counts) => counts.partition === partition)?.drops ?? {};
  return stepDropReasons.flatMap((reason): CoverageProblem[] => {
    let [inside, outside] = [0n, 0n];
    try {
      for (const { offsets } of sets.filter((set) => set.partition === partition && set.reason === reason)) {
        for (const run of readOffsetRuns(offsets)) {
          const length = appendRun(appender, partition, segment, run);
          inside += length;
          outside += run.length - length;
        }
      }
    } catch (error) {
      if (error instanceof SyntaxError) return [problem(`${version} to name its ${reason} drops`, error.message)];
      throw error;
    }
    if (segment.counts === undefined) return [];
    const count = dropCount(counted, reason);
    return [
      ...(inside === BigInt(count)
        ? []
        : [problem(`${version} to name the offsets of its ${count} ${reason} drops in ${range}`, `${inside} offsets`)]),
      ...(outside === 0n
        ? []
        : [problem(`${version} to name ${reason} drops in ${range} alone`, `${outside} offsets elsewhere`)]),
    ];
  });
}

/** How many offsets of the run lie in the segment. */
function appendRun(appender: DuckDBAppender, partition: number, segment: Segment, run: OffsetRun): bigint {
  const runEnd = run.startOffset + run.length;
  const low = run.startOffset > segment.startOffset ? run.startOffset : segment.startOffset;
  const high = runEnd < segment.endOffset ? runEnd : segment.endOffset;
  if (high <= low) return 0n;
  appender.appendInteger(partition);
  appender.appendBigInt(low);
  appender.appendBigInt(high);
  appender.endRow();
  return high - low;
}

function problem(expected: string, found: string): CoverageProblem {
  return { kind: 'drops', expected, found };
}
