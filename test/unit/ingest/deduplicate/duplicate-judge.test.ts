import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DuplicateJudge, type DuplicateVerdict } from '../../../../src/ingest/deduplicate/duplicate-judge.ts';
import { propertyRuns } from '../../../support/property/property-runs.ts';

interface Row {
  readonly isHeld: boolean;
  readonly micros: bigint;
}

/** Looks at every pair. */
function slowVerdicts(rows: readonly Row[], width: bigint | undefined): DuplicateVerdict[] {
  const verdicts: DuplicateVerdict[] = [];
  const isNear = (row: Row, other: Row): boolean => {
    const apart = row.micros < other.micros ? other.micros - row.micros : row.micros - other.micros;
    return width === undefined || apart <= width;
  };
  for (const row of rows) {
    const before = rows
      .slice(0, verdicts.length)
      .filter((other, index) => verdicts[index] === 'kept' && isNear(row, other));
    if (row.isHeld || before.length === 0) verdicts.push('kept');
    else verdicts.push(before.some(({ isHeld }) => isHeld) ? 'duplicateInTable' : 'duplicateInBatch');
  }
  return verdicts;
}

const instants = fc.array(fc.integer({ min: -20, max: 20 }).map(BigInt), { maxLength: 8 });
const rowsOfKey = fc
  .tuple(instants, instants)
  .map(([held, batch]): Row[] => [
    ...held.map((micros) => ({ isHeld: true, micros })),
    ...batch.map((micros) => ({ isHeld: false, micros })),
  ]);
const widths = fc.option(fc.integer({ min: 0, max: 15 }).map(BigInt), { nil: undefined });

describe('DuplicateJudge', () => {
  it('says what looking at every pair says', () => {
    fc.assert(
      fc.property(fc.array(rowsOfKey, { maxLength: 4 }), widths, (keys, width) => {
        const judge = new DuplicateJudge(width);
        const verdicts = keys.map((rows) => rows.map((row, index) => judge.judge({ ...row, isNewKey: index === 0 })));
        expect(verdicts).toEqual(keys.map((rows) => slowVerdicts(rows, width)));
      }),
      propertyRuns(1000),
    );
  });

  it('does not let a chain of duplicates reach further than the window', () => {
    const judge = new DuplicateJudge(10n);
    const verdicts = [0n, 8n, 16n].map((micros, index) =>
      judge.judge({ isNewKey: index === 0, isHeld: false, micros }),
    );
    expect(verdicts).toEqual(['kept', 'duplicateInBatch', 'kept']);
  });
});
