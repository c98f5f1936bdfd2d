import type { DuckDBConnection } from '@duckdb/node-api';
import type { JobSpec } from '../model/job/job-spec.ts';
import type { PartitionDifferences } from './difference-list.ts';
import type { Window } from './windows.ts';

export interface WindowOutcome {
  /** Offsets with a row, a dead letter or a drop and without a committed record, ascending; at most `mostExtras`. */
  readonly extras: readonly ExtraOffset[];
  readonly extrasLeftOut: number;
  /** Tombstones that did not go where the policy sends them; the caller decides what that means. */
  readonly misplacedTombstones: number;
  /** Records that are nowhere, or more than once, where the notes that could say why are gone. */
  readonly unproven: number;
}

export interface ExtraOffset {
  readonly offset: bigint;
  readonly rows: number;
  readonly deadLetters: number;
  /** How many commits say that a step dropped the record. */
  readonly drops: number;
}

export interface WindowInput {
  readonly partition: number;
  readonly window: Window;
  /** Was Kafka read for this window? If not, only copies are counted. */
  readonly inKafka: boolean;
  /** Are the notes of the commits known? If not, nobody can tell how often an offset has to be there. */
  readonly isNoted: boolean;
  readonly tombstones: JobSpec['steps']['malformed']['tombstones'];
}

export const mostExtras = 1000;

/**
 * Compares one window, offset by offset: `verify_kafka` with `verify_rows`, `verify_dead_letters` and `verify_dropped`.
 * One aggregate over all tells how often each offset stands in each, and whether the hashes agree.
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
    ? `SELECT off, 1 AS k, 0 AS r, 0 AS d, 0 AS n, value_hash, key_hash, tombstone FROM verify_kafka WHERE ${within} UNION ALL`
    : '';
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE verify_found AS
    SELECT off, sum(k) AS k, sum(r) AS r, sum(d) AS d, sum(n) AS n, coalesce(bool_or(tombstone), false) AS tombstone,
      coalesce(min(value_hash) <> max(value_hash), false) AS other_value,
      coalesce(min(key_hash) <> max(key_hash), false) AS other_key
    FROM (${kafka}
      SELECT off, 0 AS k, 1 AS r, 0 AS d, 0 AS n, value_hash, key_hash, NULL AS tombstone FROM verify_rows WHERE ${ofPartition}
      UNION ALL
      SELECT off, 0, 0, 1, 0, value_hash, key_hash, NULL FROM verify_dead_letters WHERE ${ofPartition}
      UNION ALL
      SELECT unnest(range(greatest(low, ${startOffset}), least(high, ${endOffset}))), 0, 0, 0, 1, NULL, NULL, NULL
      FROM verify_dropped WHERE part = ${partition} AND low < ${endOffset} AND high > ${startOffset}
    ) GROUP BY off HAVING ${input.inKafka ? 'k <> 1 OR tombstone OR other_value OR other_key OR' : ''} r + d + n <> ${copies}`);

  if (input.isNoted) await tellCopies(connection, input, differences);
  if (!input.inKafka) return { extras: [], extrasLeftOut: 0, misplacedTombstones: 0, unproven: 0 };

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
    `SELECT off, r, d, n, count(*) OVER () FROM verify_found WHERE k = 0 ORDER BY off LIMIT ${mostExtras}`,
  );
  const listed = extras.getRows();
  return {
    extras: listed.map(extraOf),
    extrasLeftOut: Math.max(0, Number(listed[0]?.[4] ?? 0) - listed.length),
    misplacedTombstones: await count(connection, misplacedTombstones(input)),
    unproven: input.isNoted ? 0 : await count(connection, 'k = 1 AND NOT tombstone AND r + d + n <> 1'),
  };
}

/** Offsets that stand in the tables more or less often than their commits say. */
async function tellCopies(
  connection: DuckDBConnection,
  { inKafka, window: { copies } }: WindowInput,
  differences: PartitionDifferences,
): Promise<void> {
  const tooMany = `${inKafka ? 'k = 1 AND' : ''} r + d + n > ${copies}`;
  await tell(connection, differences, `${tooMany} AND (r = 0)::INT + (d = 0)::INT + (n = 0)::INT = 2`, (row) => [
    'doubled',
    `${copies} ${copies === 1 ? 'row or dead letter' : 'rows or dead letters'}`,
    describePlaces(row),
  ]);
  await tell(connection, differences, `${tooMany} AND r > 0 AND d > 0`, (row) => [
    'rowAndDeadLetter',
    'a row or a dead letter',
    describePlaces(row),
  ]);
  await tell(connection, differences, `${tooMany} AND n > 0 AND (r > 0) <> (d > 0)`, (row) => [
    'rowAndDrop',
    'neither row nor dead letter: its commit says that a step dropped it',
    describePlaces(row),
  ]);
  if (!inKafka) return;
  await tell(connection, differences, `k = 1 AND NOT tombstone AND r + d + n < ${copies}`, (row) => [
    'missing',
    copies === 1 ? 'a row or a dead letter' : `${copies} rows or dead letters`,
    row.rows + row.deadLetters + row.drops === 0 ? 'neither' : describePlaces(row),
  ]);
}

function misplacedTombstones({ tombstones, window: { copies } }: WindowInput): string {
  const wellPlaced = {
    keep: `r + n = ${copies} AND d = 0`,
    deadLetter: `r + n = 0 AND d = ${copies}`,
    drop: 'r + n = 0 AND d = 0',
  }[tombstones];
  return `k = 1 AND tombstone AND r + d + n <= ${copies} AND NOT (${wellPlaced})`;
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
    describePlaces(row),
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
    `SELECT off, r, d, n FROM verify_found WHERE ${where} ORDER BY off LIMIT ${differences.room}`,
  );
  for (const row of told.getRows().map(extraOf)) differences.add(...describe(row), row.offset);
  differences.addUntold(total - told.currentRowCount);
}

function extraOf([off, r, d, n]: readonly unknown[]): ExtraOffset {
  return { offset: BigInt(String(off)), rows: Number(r), deadLetters: Number(d), drops: Number(n) };
}

/** Where an offset stands, in words. */
export function describePlaces({ rows, deadLetters, drops }: ExtraOffset): string {
  return drops === 0
    ? `${rows} rows and ${deadLetters} dead letters`
    : `${rows} rows, ${deadLetters} dead letters and ${drops} noted drops`;
}

async function count(connection: DuckDBConnection, where: string): Promise<number> {
  return Number((await connection.runAndReadAll(`SELECT count(*) FROM verify_found WHERE ${where}`)).value(0, 0));
}
