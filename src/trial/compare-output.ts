import type { ExpectedOutput } from '../model/job/job-test.ts';
import type { TestDifference } from './compare-outcome.ts';
import { rowDifferences } from './compare-values.ts';
import { matchUnordered } from './match-rows.ts';
import type { TrialOutput, TrialOutputRow } from './trial-output.ts';

/** `rows`: those that the output's table has, of all that the trial tells of it. */
export function compareOutput(
  expected: ExpectedOutput,
  { columns, counts }: Pick<TrialOutput, 'columns' | 'counts'>,
  rows: readonly TrialOutputRow[],
): readonly TestDifference[] {
  const { name: output, late = counts.late } = expected;
  const lateness: readonly TestDifference[] =
    late === counts.late ? [] : [{ kind: 'late', output, expected: late, actual: counts.late }];
  if (expected.rows === undefined) return lateness;
  const wanted = expected.rows;
  const differences = wanted.map((want) => rows.map((row) => rowDifferences(columns, want, row)));
  const { pairs, missing, unexpected } = matchUnordered(
    wanted.length,
    rows.length,
    (want, at) => differences[want]?.[at]?.length ?? Number.POSITIVE_INFINITY,
  );
  return [
    ...pairs.flatMap(([want, at]): TestDifference[] => {
      const [row, wrong] = [wanted[want], differences[want]?.[at] ?? []];
      return row === undefined || wrong.length === 0 ? [] : [{ kind: 'wrongOutputRow', output, row, columns: wrong }];
    }),
    ...missing.flatMap((want): TestDifference[] => {
      const row = wanted[want];
      return row === undefined ? [] : [{ kind: 'missingOutputRow', output, row }];
    }),
    ...unexpected.map((at): TestDifference => {
      const row = Object.fromEntries(columns.map(({ name }, column) => [name, rows[at]?.values[column]]));
      return { kind: 'unexpectedOutputRow', output, row };
    }),
    ...lateness,
  ];
}
