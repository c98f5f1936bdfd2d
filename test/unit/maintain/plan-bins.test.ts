import { describe, expect, test } from 'vitest';
import type { AddAction } from '../../../src/delta/actions.ts';
import { clusteringTag, planBins } from '../../../src/maintain/plan-bins.ts';
import { addOf } from '../../support/delta-table.ts';

function file(path: string, size: number, extras: Partial<AddAction> = {}): AddAction {
  return { ...addOf(path), size, ...extras };
}

function pathsOf(files: readonly AddAction[], options: Partial<Parameters<typeof planBins>[1]> = {}): string[][] {
  return planBins(files, { targetFileSizeBytes: 100, ...options }).map((bin) => bin.files.map(({ path }) => path));
}

describe('bins', () => {
  test('hold small files up to the target, oldest first', () => {
    const files = [10, 20, 30, 40, 50].map((size, age) => file(`f${age}`, size, { modificationTime: age }));
    expect(pathsOf(files.toReversed())).toEqual([['f0', 'f1', 'f2', 'f3']]);
    expect(pathsOf([...files, file('f5', 45, { modificationTime: 5 })])).toEqual([
      ['f0', 'f1', 'f2', 'f3'],
      ['f4', 'f5'],
    ]);
  });

  test('leave files above half of the target alone, and a small file that is alone', () => {
    expect(pathsOf([file('large', 51), file('small', 10)])).toEqual([]);
  });

  test('do not mix partition values', () => {
    const of = (day: string | null) => ({ partitionValues: { day } });
    const files = [file('a', 1, of('1')), file('b', 1, of('2')), file('c', 1, of('1')), file('d', 1, of(null))];
    expect(pathsOf(files)).toEqual([['a', 'c']]);
  });

  test('hold a file of which more than a tenth is deleted, whatever its size, and even alone', () => {
    const holed = (path: string, size: number, cardinality: number): AddAction => ({
      ...addOf(path, 100),
      size,
      deletionVector: { storageType: 'u', pathOrInlineDv: 'x', sizeInBytes: 1, cardinality },
    });
    expect(pathsOf([holed('large', 90, 11)])).toEqual([['large']]);
    expect(pathsOf([holed('large', 90, 10), holed('small', 9, 10)])).toEqual([]);
    expect(pathsOf([holed('small', 9, 1), file('whole', 1)])).toEqual([['small', 'whole']]);
  });
});

describe('with a clustering', () => {
  const clustering = { kind: 'sort', columns: ['id', 'at'] } as const;
  const tags = { [clusteringTag]: 'sort(id, at)' };

  test('large files are packed too, four targets at a time, unless they are clustered already', () => {
    const files = [100, 100, 150, 100].map((size, age) => file(`f${age}`, size, { modificationTime: age }));
    expect(pathsOf([...files, file('done', 100, { tags })], { clustering })).toEqual([['f0', 'f1', 'f2'], ['f3']]);
  });

  test('a file that is clustered otherwise is clustered again, a small one that is done only with others', () => {
    expect(pathsOf([file('a', 100, { tags: { [clusteringTag]: 'zOrder(id, at)' } })], { clustering })).toEqual([['a']]);
    expect(pathsOf([file('a', 10, { tags })], { clustering })).toEqual([]);
    expect(pathsOf([file('a', 10, { tags }), file('b', 10, { tags })], { clustering })).toEqual([['a', 'b']]);
  });
});
