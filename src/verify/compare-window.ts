import type { DuckDBConnection } from '@duckdb/node-api';
import type { JobSpec } from '../model/job-spec.ts';
import type { PartitionDifferences } from './difference-list.ts';
import type { Window } from './windows.ts';

export interface WindowOutcome {
  /** Offsets with a row or a dead letter and without a committed record, ascending; at most `mostExtras`. */
  readonly extras: readonly ExtraOffset[];
  readonly extrasLeftOut: number;
  /** Tombstones that did not go where the policy sends them; the caller decides what that means. */
  readonly misplacedTombstones: number;
}

export interface ExtraOffset {
  readonly offset: bigint;
  readonly rows: number;
  readonly deadLetters: number;
}

export interface WindowInput {
  readonly partition: number;
  readonly window: Window;
  /** Was Kafka read for this window? If not, only copies are counted. */
  readonly inKafka: boolean;
  readonly tombstones: JobSpec['steps']['malformed']['tombstones'];
}

export const mostExtras = 1000;

/**
 * Compares one window, offset by offset: `verify_kafka` with `verify_rows` and `verify_dead_letters`. One aggregate over
 * the three tells how often each offset stands in each, and whether the hashes agree.
 */
export async function compareWindow(
  connection: DuckDBConnection,
  input: WindowInput,
  differences: PartitionDifferences,
): Promise<WindowOutcome> {
  const { partition, window } = input;
  const { startOffset, endOffset, copies } = window;
  const within = `off >= ${startOffset} AND off < ${endOffset}`;
  const ofPartition = `part = ${partition} AND ${within}`;
  const kafka = input.inKafka
    ? `SELECT off, 1 AS k, 0 AS r, 0 AS d, value_hash, key_hash, tombstone FROM verify_kafka WHERE ${within} UNION ALL`
    : '';
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE verify_found AS
    SELECT off, sum(k) AS k, sum(r) AS r, sum(d) AS d, coalesce(bool_or(tombstone), false) AS tombstone,
      coalesce(min(value_hash) <> max(value_hash), false) AS other_value,
      coalesce(min(key_hash) <> max(key_hash), false) AS other_key
    FROM (${kafka}
      SELECT off, 0 AS k, 1 AS r, 0 AS d, value_hash, key_hash, NULL AS tombstone FROM verify_rows WHERE ${ofPartition}
      UNION ALL
      SELECT off, 0, 0, 1, value_hash, key_hash, NULL FROM verify_dead_letters WHERE ${ofPartition}
    ) GROUP BY off HAVING ${input.inKafka ? 'k <> 1 OR tombstone OR other_value OR other_key OR' : ''} r + d <> ${copies}`);

  const inKafka = input.inKafka ? 'k = 1' : 'true';
  await tell(connection, differences, `${inKafka} AND r + d > ${copies} AND (r = 0 OR d = 0)`, (row) => [
    'doubled',
    `${copies} ${copies === 1 ? 'row or dead letter' : 'rows or dead letters'}`,
    `${row.rows} rows and ${row.deadLetters} dead letters`,
  ]);
  await tell(connection, differences, `${inKafka} AND r + d > ${copies} AND r > 0 AND d > 0`, (row) => [
    'rowAndDeadLetter',
    'a row or a dead letter',
    `${row.rows} rows and ${row.deadLetters} dead letters`,
  ]);
  if (!input.inKafka) return { extras: [], extrasLeftOut: 0, misplacedTombstones: 0 };

  await tell(connection, differences, `k = 1 AND NOT tombstone AND r + d < ${copies}`, (row) => [
    'missing',
    copies === 1 ? 'a row or a dead letter' : `${copies} rows or dead letters`,
    row.rows + row.deadLetters === 0 ? 'neither' : `${row.rows} rows and ${row.deadLetters} dead letters`,
  ]);
  await tell(connection, differences, `k = 1 AND r + d > 0 AND other_value`, (row) => [
    'wrongValue',
    "the value's bytes as in Kafka",
    `other bytes in ${row.rows > 0 ? 'the row' : 'the dead letter'}`,
  ]);
  await tell(connection, differences, `k = 1 AND r + d > 0 AND other_key AND NOT other_value`, (row) => [
    'wrongKey',
    "the key's bytes as in Kafka",
    `other bytes in ${row.rows > 0 ? 'the row' : 'the dead letter'}`,
  ]);
  const extras = await connection.runAndReadAll(
    `SELECT off, r, d, count(*) OVER () FROM verify_found WHERE k = 0 ORDER BY off LIMIT ${mostExtras}`,
  );
  const listed = extras.getRows();
  return {
    extras: listed.map(([off, r, d]) => ({ offset: BigInt(String(off)), rows: Number(r), deadLetters: Number(d) })),
    extrasLeftOut: Math.max(0, Number(listed[0]?.[3] ?? 0) - listed.length),
    misplacedTombstones: await count(connection, misplacedTombstones(input)),
  };
}

function misplacedTombstones({ tombstones, window: { copies } }: WindowInput): string {
  const wellPlaced = {
    keep: `r = ${copies} AND d = 0`,
    deadLetter: `r = 0 AND d = ${copies}`,
    drop: 'r = 0 AND d = 0',
  }[tombstones];
  return `k = 1 AND tombstone AND r + d <= ${copies} AND NOT (${wellPlaced})`;
}

/** Tells of the tombstones that `compareWindow` counted as misplaced, from the last window compared. */
export async function tellTombstones(
  connection: DuckDBConnection,
  input: WindowInput,
  differences: PartitionDifferences,
): Promise<void> {
  const expected = { keep: 'a row', deadLetter: 'a dead letter', drop: 'neither row nor dead letter' };
  await tell(connection, differences, misplacedTombstones(input), (row) => [
    'tombstone',
    `${expected[input.tombstones]} for a tombstone`,
    `${row.rows} rows and ${row.deadLetters} dead letters`,
  ]);
}

async function tell(
  connection: DuckDBConnection,
  differences: PartitionDifferences,
  where: string,
  describe: (row: ExtraOffset) => [kind: Parameters<PartitionDifferences['add']>[0], expected: string, found: string],
): Promise<void> {
  const total = await count(connection, where);
  if (total === 0) return;
  const told = await connection.runAndReadAll(
    `SELECT off, r, d FROM verify_found WHERE ${where} ORDER BY off LIMIT ${differences.room}`,
  );
  for (const [off, r, d] of told.getRows()) {
    const row = { offset: BigInt(String(off)), rows: Number(r), deadLetters: Number(d) };
    differences.add(...describe(row), row.offset);
  }
  differences.addUntold(total - told.currentRowCount);
}

async function count(connection: DuckDBConnection, where: string): Promise<number> {
  return Number((await connection.runAndReadAll(`SELECT count(*) FROM verify_found WHERE ${where}`)).value(0, 0));
}
