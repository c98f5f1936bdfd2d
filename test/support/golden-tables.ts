import { execFile } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import { cachedFolder, cacheFolder, exists } from '../../src/stack/cache-folder.ts';

const run = promisify(execFile);
const decompress = promisify(zstdDecompress);

/** The golden tables of delta-io/delta, with the rows that Spark reads from them, and the test tables of delta-kernel-rs. */
export const goldenSource = {
  url: 'https://github.com/delta-io/delta-kernel-rs',
  commit: 'b14c3fb84003346db99e4bcc6b473d87b43e034b',
  folders: ['kernel/tests/golden_data', 'kernel/tests/data'],
} as const;

export interface GoldenTable {
  readonly group: string;
  readonly name: string;
  readonly root: string;
  /** Parquet files that hold the table's rows as plain columns, where the source has them. */
  readonly expectedFiles: readonly string[] | undefined;
}

export type GoldenTables =
  | { readonly kind: 'ready'; readonly tables: readonly GoldenTable[] }
  | { readonly kind: 'unavailable'; readonly reason: string };

/**
 * All tables of the source at its commit. They are not part of the project: the first run fetches them into the cache
 * folder. `GOLDEN_TABLES_GIT` names a git directory that has the commit already.
 */
export async function goldenTables(): Promise<GoldenTables> {
  try {
    const folder = await cachedFolder(cacheFolder(), `golden-tables-${goldenSource.commit.slice(0, 12)}`, unpackAll);
    return { kind: 'ready', tables: await tablesBelow(folder) };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { kind: 'unavailable', reason: `${goldenSource.url} cannot be fetched: ${reason}` };
  }
}

async function unpackAll(folder: string): Promise<void> {
  const gitFolder = process.env['GOLDEN_TABLES_GIT'] ?? (await fetchCommit(join(folder, '.git')));
  const git = (...args: string[]): Promise<Buffer> => gitOutput(gitFolder, args);
  const listing = await git('ls-tree', '-r', '-z', goldenSource.commit, ...goldenSource.folders);
  for (const entry of listing.toString('utf8').split('\0')) {
    const [, hash, path] = /^\d+ blob ([0-9a-f]+)\t(.+)$/.exec(entry) ?? [];
    if (hash === undefined || path === undefined) continue;
    const bytes = await git('cat-file', 'blob', hash).catch(() => undefined);
    // A copy of the repository may leave out large files; a table that is not whole is not looked at.
    if (bytes && bytes.length > 0)
      await unpack(join(folder, basename(groupOf(path)), path.slice(groupOf(path).length + 1)), bytes);
  }
}

function groupOf(path: string): string {
  return goldenSource.folders.find((folder) => path.startsWith(`${folder}/`)) ?? '';
}

async function fetchCommit(gitFolder: string): Promise<string> {
  await run('git', ['init', '--quiet', '--bare', gitFolder]);
  await run('git', ['-C', gitFolder, 'fetch', '--quiet', '--depth', '1', goldenSource.url, goldenSource.commit]);
  return gitFolder;
}

async function gitOutput(gitFolder: string, args: readonly string[]): Promise<Buffer> {
  const options = { encoding: 'buffer', maxBuffer: 256 * 1024 * 1024 } as const;
  return (await run('git', ['--git-dir', gitFolder, ...args], options)).stdout;
}

async function unpack(path: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if (!path.endsWith('.tar.zst')) {
    await writeFile(path, bytes);
    return;
  }
  const archive = path.replace(/\.zst$/, '');
  await writeFile(archive, await decompress(bytes));
  await run('tar', ['xf', archive, '-C', dirname(path)]);
}

async function tablesBelow(folder: string): Promise<GoldenTable[]> {
  const tables: GoldenTable[] = [];
  for (const group of goldenSource.folders.map((path) => basename(path))) {
    for (const entry of await readdir(join(folder, group), { withFileTypes: true })) {
      if (!entry.isDirectory()) continue;
      const top = join(folder, group, entry.name);
      const root = (await exists(join(top, 'delta'))) ? join(top, 'delta') : top;
      const expected = await readdir(join(top, 'expected')).catch(() => undefined);
      const expectedFiles = expected
        ?.filter((file) => file.endsWith('.parquet'))
        .map((file) => join(top, 'expected', file));
      tables.push({ group, name: entry.name, root, expectedFiles });
    }
  }
  return tables.toSorted((left, right) => compare(left.group, right.group) || compare(left.name, right.name));
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}
