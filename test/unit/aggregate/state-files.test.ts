import { describe, expect, it } from 'vitest';
import type { StateFile } from '../../../src/aggregate/compiled-output.ts';
import { filesToRewrite } from '../../../src/aggregate/state-files.ts';

const file = (generation: number, rows: number): StateFile => ({ path: `state-${generation}`, rows, generation });

/** What many batches with as many changes each make of state. */
function run(batches: number, base: number, changed: number): { written: number; mostFiles: number } {
  let files = [file(1, base)];
  let [written, mostFiles] = [0, 1];
  for (let generation = 2; generation < batches + 2; generation++) {
    const rewritten = filesToRewrite(files, changed, base);
    // No key changes twice before all are written anew: the most that there can be.
    const rows = Math.min(
      base,
      rewritten.reduce((sum, each) => sum + each.rows, changed),
    );
    files = [...files.filter((each) => !rewritten.includes(each)), file(generation, rows)];
    written += rows;
    mostFiles = Math.max(mostFiles, files.length);
  }
  return { written: written / batches, mostFiles };
}

describe('files of state', () => {
  it('stay few, and are seldom written again', () => {
    const { written, mostFiles } = run(500, 1_000_000, 10_000);
    expect(mostFiles).toBeLessThanOrEqual(5);
    expect(written).toBeLessThan(100_000);
  });

  it('are all written anew once two thirds of their rows are closed or replaced', () => {
    const files = [file(1, 100_000), file(2, 20_000)];
    expect(filesToRewrite(files, 10, 41_000)).toEqual([]);
    expect(filesToRewrite(files, 10, 40_000)).toEqual(files);
  });

  it('are joined from the newest on, whatever order they are given in', () => {
    const files = [file(3, 10), file(1, 100_000), file(2, 1000)];
    expect(filesToRewrite(files, 5, 100_000)).toEqual([file(3, 10)]);
    expect(filesToRewrite(files, 500, 100_000)).toEqual([file(3, 10), file(2, 1000)]);
    expect(filesToRewrite(files, 50_000, 100_000)).toEqual([file(3, 10), file(2, 1000), file(1, 100_000)]);
  });
});
