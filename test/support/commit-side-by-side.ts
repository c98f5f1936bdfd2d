import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'vitest';
import { activeFiles } from '../../src/delta/log/active-files.ts';
import { loadTableState } from '../../src/delta/load-table-state.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { collect } from './collect.ts';
import { createTable } from './delta-table.ts';

const program = join(import.meta.dirname, 'commit-many.ts');

/** A process that commits so many files into the table, and prints the version of each commit. */
export function startWriter(root: string, writer: string, commits: number): ChildProcess {
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

/**
 * Makes a table and has processes commit into it at the same time. Each version must be one writer's alone, each file
 * be there once, and a counter that every commit reads and moves must have counted them all.
 */
export async function expectNoCommitLost(store: ObjectStore, writerCount: number, commits: number): Promise<void> {
  await createTable(store);
  const writers = Array.from({ length: writerCount }, (_, index) => ({
    name: `writer-${index}`,
    commits: Math.floor(commits / writerCount) + (index < commits % writerCount ? 1 : 0),
  }));
  const versions = await Promise.all(
    writers.map((writer) => versionsOf(startWriter(store.root, writer.name, writer.commits))),
  );
  expect(versions.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: commits }, (_, index) => index + 1));
  const state = await loadTableState(store);
  expect(state?.version).toBe(commits);
  expect(state?.txns.get('shared')).toBe(String(commits));
  for (const writer of writers) expect(state?.txns.get(writer.name)).toBe(String(writer.commits));
  const files = (await collect(activeFiles(store, state!))).map(({ path }) => path).toSorted();
  const expected = writers.flatMap((writer) =>
    Array.from({ length: writer.commits }, (_, index) => `${writer.name}-${index + 1}`),
  );
  expect(files).toEqual(expected.toSorted());
  const log = (await collect(store.list('_delta_log/'))).map(({ path }) => path);
  expect(log.filter((path) => !path.endsWith('.json'))).toEqual([]);
}
