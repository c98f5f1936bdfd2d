import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from 'vitest';
import { activeFiles } from '../../src/delta/active-files.ts';
import { loadTableState } from '../../src/delta/load-table-state.ts';
import { LocalObjectStore } from '../../src/storage/local-object-store.ts';
import { collect } from '../support/collect.ts';
import { createTable } from '../support/delta-table.ts';
import { pythonWith, readers } from '../support/python.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const program = join(import.meta.dirname, '../support/commit-many.ts');

function startWriter(root: string, writer: string, commits: number): ChildProcess {
  return spawn(process.execPath, [program, root, writer, String(commits)], { stdio: ['ignore', 'pipe', 'inherit'] });
}

async function versionsOf(child: ChildProcess): Promise<number[]> {
  const versions: number[] = [];
  const lines = createInterface({ input: child.stdout! }).on('line', (line) => versions.push(Number(line)));
  const [code] = (await once(child, 'close')) as [number | null];
  lines.close();
  expect(code).toBe(0);
  return versions;
}

describe('processes that commit into one table on a local folder', () => {
  it('lose no version, overwrite none, and all files are there once', async () => {
    const store = new LocalObjectStore(await scratchFolder());
    await createTable(store);
    const writers = Array.from({ length: 8 }, (_, writer) => `writer-${writer}`);
    const versions = await Promise.all(writers.map((writer) => versionsOf(startWriter(store.root, writer, 40))));

    expect(versions.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 320 }, (_, index) => index + 1));
    const state = await loadTableState(store);
    expect(state?.version).toBe(320);
    expect(state?.txns.get('shared')).toBe('320');
    for (const writer of writers) expect(state?.txns.get(writer)).toBe('40');
    const files = (await collect(activeFiles(store, state!))).map(({ path }) => path).toSorted();
    const expected = writers.flatMap((writer) => Array.from({ length: 40 }, (_, index) => `${writer}-${index + 1}`));
    expect(files).toEqual(expected.toSorted());
    expect((await readdir(join(store.root, '_delta_log'))).filter((name) => !name.endsWith('.json'))).toEqual([]);

    const python = await pythonWith([readers.deltalake, readers.pyarrow]);
    const script = 'from deltalake import DeltaTable\nt = DeltaTable(input)\nemit([t.version(), len(t.file_uris())])';
    expect(await python.json(script, store.root)).toEqual([320, 320]);
  }, 300_000);

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
  }, 120_000);
});
