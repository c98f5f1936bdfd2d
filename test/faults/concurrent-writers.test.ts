import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { activeFiles } from '../../src/delta/log/active-files.ts';
import { loadTableState } from '../../src/delta/load-table-state.ts';
import { LocalObjectStore } from '../../src/storage/local-object-store.ts';
import { collect } from '../support/collect.ts';
import { expectNoCommitLost, startWriter } from '../support/commit-side-by-side.ts';
import { createTable } from '../support/delta-table.ts';
import { pythonWith, readers } from '../support/python.ts';
import { useTestBucket } from '../support/s3.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const bucket = useTestBucket();

describe('processes that commit into one table', () => {
  it('lose no version on a local folder, overwrite none, and all files are there once', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    await expectNoCommitLost(store, 8, 320);

    const python = await pythonWith([readers.deltalake, readers.pyarrow]);
    const script = 'from deltalake import DeltaTable\nt = DeltaTable(input)\nemit([t.version(), len(t.file_uris())])';
    expect(await python.json(script, store.root)).toEqual([320, 320]);
  });

  it('lose no version in S3, overwrite none, and all files are there once', async () => {
    await expectNoCommitLost(bucket.newStore(), 6, 90);
  });

  it('leave a whole log behind when they are killed at any moment, and others go on', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    await createTable(store);
    const acknowledged = new Set<number>();
    for (let round = 0; round < 6; round += 1) {
      const child = startWriter(store.root, `round-${round}`, 1_000);
      const exited = once(child, 'close');
      let seen = 0;
      for await (const line of createInterface({ input: child.stdout! })) {
        acknowledged.add(Number(line));
        seen += 1;
        if (seen === 5 + round) child.kill('SIGKILL');
      }
      await exited;
    }
    const state = await loadTableState(store);
    expect(state!.version).toBeGreaterThanOrEqual(acknowledged.size);
    expect(Math.max(...acknowledged)).toBeLessThanOrEqual(state!.version);
    expect(await collect(activeFiles(store, state!))).toHaveLength(state!.version);
  });
});
