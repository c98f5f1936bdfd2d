import { dropCount, dropReasons, type Drops } from '../model/batch/batch.ts';
import type { ExpectedDeadLetter, ExpectedRow, ExpectedRows, RecordCoordinates } from '../model/job/job-test.ts';
import type { StructField } from '../model/table/table-schema.ts';
import { rowDifferences, type ColumnDifference } from './compare-values.ts';
import { matchUnordered } from './match-rows.ts';
import type { TrialDeadLetter, TrialRow } from './trial-files.ts';

/** One thing that did not become what a test expects. */
export type TestDifference =
  | (RecordCoordinates & { readonly kind: 'wrongRow'; readonly columns: readonly ColumnDifference[] })
  | { readonly kind: 'missingRow'; readonly row: ExpectedRow; readonly coordinates?: RecordCoordinates }
  | (RecordCoordinates & { readonly kind: 'unexpectedRow'; readonly row: Readonly<Record<string, unknown>> })
  | { readonly kind: 'missingDeadLetter'; readonly deadLetter: ExpectedDeadLetter }
  | { readonly kind: 'unexpectedDeadLetter'; readonly deadLetter: TrialDeadLetter }
  | { readonly kind: 'drops'; readonly reason: string; readonly expected: number; readonly actual: number }
  | {
      readonly kind: 'wrongOutputRow';
      readonly output: string;
      /** As it is expected. */
      readonly row: ExpectedRow;
      readonly columns: readonly ColumnDifference[];
    }
  | { readonly kind: 'missingOutputRow'; readonly output: string; readonly row: ExpectedRow }
  | {
      readonly kind: 'unexpectedOutputRow';
      readonly output: string;
      readonly row: Readonly<Record<string, unknown>>;
    }
  | { readonly kind: 'late'; readonly output: string; readonly expected: number; readonly actual: number };

export function compareRows(
  columns: readonly StructField[],
  expected: ExpectedRows,
  actual: readonly TrialRow[],
): readonly TestDifference[] {
  const wanted = expected.kind === 'anyOrder' ? expected.rows.map((row) => ({ row })) : expected.rows;
  const differences = wanted.map((want) =>
    actual.map((row) => ('offset' in want && !isAt(want, row) ? undefined : rowDifferences(columns, want.row, row))),
  );
  const { pairs, missing, unexpected } = matchUnordered(
    wanted.length,
    actual.length,
    (want, row) => differences[want]?.[row]?.length ?? Number.POSITIVE_INFINITY,
  );
  return [
    ...pairs.flatMap(([want, at]): TestDifference[] => {
      const [row, wrong] = [actual[at], differences[want]?.[at] ?? []];
      if (row === undefined || wrong.length === 0) return [];
      return [{ kind: 'wrongRow', partition: row.partition, offset: row.offset, columns: wrong }];
    }),
    ...missing.flatMap((index): TestDifference[] => {
      const want = wanted[index];
      if (want === undefined) return [];
      const coordinates = 'offset' in want ? { coordinates: { partition: want.partition, offset: want.offset } } : {};
      return [{ kind: 'missingRow', row: want.row, ...coordinates }];
    }),
    ...unexpected.flatMap((index): TestDifference[] => {
      const row = actual[index];
      if (row === undefined) return [];
      const values = Object.fromEntries(columns.map(({ name }, column) => [name, row.values[column]]));
      return [{ kind: 'unexpectedRow', partition: row.partition, offset: row.offset, row: values }];
    }),
  ];
}

export function compareDeadLetters(
  expected: readonly ExpectedDeadLetter[],
  actual: readonly TrialDeadLetter[],
): readonly TestDifference[] {
  const { missing, unexpected } = matchUnordered(expected.length, actual.length, (want, at) =>
    fits(expected[want], actual[at]) ? 0 : Number.POSITIVE_INFINITY,
  );
  return [
    ...missing.flatMap((index): TestDifference[] => {
      const deadLetter = expected[index];
      return deadLetter === undefined ? [] : [{ kind: 'missingDeadLetter', deadLetter }];
    }),
    ...unexpected.flatMap((index): TestDifference[] => {
      const deadLetter = actual[index];
      return deadLetter === undefined ? [] : [{ kind: 'unexpectedDeadLetter', deadLetter }];
    }),
  ];
}

export function compareDrops(expected: Drops, actual: Drops): readonly TestDifference[] {
  return dropReasons.flatMap((reason): TestDifference[] => {
    const [wanted, found] = [dropCount(expected, reason), dropCount(actual, reason)];
    return wanted === found ? [] : [{ kind: 'drops', reason, expected: wanted, actual: found }];
  });
}

function isAt(wanted: RecordCoordinates, row: TrialRow): boolean {
  return wanted.partition === row.partition && wanted.offset === row.offset;
}

function fits(expected: ExpectedDeadLetter | undefined, actual: TrialDeadLetter | undefined): boolean {
  if (expected === undefined || actual === undefined) return false;
  const { code, step = actual.step, partition = actual.partition, offset = actual.offset, message = '' } = expected;
  return (
    code === actual.code &&
    step === actual.step &&
    partition === actual.partition &&
    offset === actual.offset &&
    actual.message.includes(message)
  );
}
