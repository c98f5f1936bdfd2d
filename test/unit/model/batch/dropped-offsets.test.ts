import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OffsetRunWriter, readOffsetRuns, type OffsetRun } from '../../../../src/model/batch/dropped-offsets.ts';
import { propertyRuns } from '../../../support/property/property-runs.ts';

function written(runs: readonly OffsetRun[]): string {
  const writer = new OffsetRunWriter();
  for (const run of runs) writer.add(run);
  return writer.toString();
}

const run = (startOffset: number | bigint, length: number | bigint = 1): OffsetRun => ({
  startOffset: BigInt(startOffset),
  length: BigInt(length),
});

describe('runs of offsets as text', () => {
  test.each<[runs: OffsetRun[], text: string]>([
    [[], ''],
    [[run(0)], '0'],
    [[run(0), run(1), run(2, 3)], '0x5'],
    [[run(100, 3), run(105), run(200, 2)], '100x3,2,94x2'],
    [[run(2n ** 62n, 2n), run(2n ** 62n + 9n)], '4611686018427387904x2,7'],
  ])('%#', (runs, text) => {
    expect(written(runs)).toBe(text);
  });

  test('are read as the offsets that were written', () => {
    const steps = fc.array(fc.tuple(fc.bigInt(1n, 2n ** 40n), fc.bigInt(1n, 2n ** 20n)), { maxLength: 50 });
    fc.assert(
      fc.property(steps, (pairs) => {
        let end = 0n;
        const runs = pairs.map(([gap, length]) => {
          const startOffset = end + gap;
          end = startOffset + length;
          return { startOffset, length };
        });
        expect([...readOffsetRuns(written(runs))]).toEqual(runs);
      }),
      propertyRuns(100),
    );
  });

  test.each([[[run(5), run(5)]], [[run(5, 3), run(7)]], [[run(5), run(1)]], [[run(5, 0)]]])(
    'are refused out of order: %#',
    (runs) => {
      expect(() => written(runs)).toThrow(RangeError);
    },
  );

  test.each(['x', '1,,2', '-1', '1x0', '1x', '1.5', '1 2', '9'.repeat(20)])('are not read from %j', (text) => {
    expect(() => [...readOffsetRuns(text)]).toThrow(SyntaxError);
  });
});
