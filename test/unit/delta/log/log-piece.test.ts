import { expect, it } from 'vitest';
import { piecesOf, type CompactedRange } from '../../../../src/delta/log/log-piece.ts';

function printed(commits: readonly number[], ...compactions: readonly (readonly [number, number])[]): string {
  const ranges = compactions.map(([startVersion, endVersion]): CompactedRange => ({ startVersion, endVersion }));
  return piecesOf(commits, ranges)
    .map((piece) => (piece.kind === 'commit' ? String(piece.version) : `${piece.startVersion}-${piece.endVersion}`))
    .join(' ');
}

it('takes each commit by itself where there are no compacted files', () => {
  expect(printed([3, 4, 5])).toBe('3 4 5');
  expect(printed([])).toBe('');
});

it('takes the compacted file that reaches farthest, and none that begins before or reaches beyond', () => {
  expect(printed([0, 1, 2, 3, 4, 5], [1, 2], [1, 4])).toBe('0 1-4 5');
  expect(printed([3, 4, 5], [2, 4], [4, 9], [4, 5])).toBe('3 4-5');
});

it('does not go through versions twice where compacted files overlap', () => {
  expect(printed([0, 1, 2, 3, 4], [0, 2], [2, 4])).toBe('0-2 3 4');
});
