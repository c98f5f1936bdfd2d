import { readdir } from 'node:fs/promises';
import { basename, join, relative, sep } from 'node:path';
import { existsSync } from 'node:fs';

/** A Delta table found in the lake's folder. */
export interface FoundTable {
  /** The last part of the path where that is unique, else the path below the lake's folder, with `/`. */
  readonly name: string;
  readonly root: string;
}

/** The lake's folder: `LAKE_PATH` or `DELTA_LAKE_PATH`, else `data/lake` below the working folder. */
export function lakeRoot(env: NodeJS.ProcessEnv = process.env): string {
  const named = [env['LAKE_PATH'], env['DELTA_LAKE_PATH']].find((path) => path !== undefined && path !== '');
  return named === undefined ? join('data', 'lake') : named.replace(/^file:\/\//, '');
}

/** A folder is a Delta table when it has a log. */
export function isTable(folder: string): boolean {
  return existsSync(join(folder, '_delta_log'));
}

const deepest = 3;

/** All tables below the lake's folder, by name; none where the folder does not exist. Tables hold no tables. */
export async function findTables(lake: string): Promise<FoundTable[]> {
  const roots = (await tablesBelow(lake, deepest)).sort();
  const names = new Map<string, number>();
  for (const root of roots) names.set(basename(root), (names.get(basename(root)) ?? 0) + 1);
  return roots.map((root) => ({
    name: names.get(basename(root)) === 1 ? basename(root) : relative(lake, root).split(sep).join('/'),
    root,
  }));
}

async function tablesBelow(folder: string, depth: number): Promise<string[]> {
  if (isTable(folder)) return [folder];
  if (depth === 0) return [];
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
    throw error;
  });
  const folders = entries.filter((entry) => entry.isDirectory() && !/^[._]/.test(entry.name));
  const found = await Promise.all(folders.map((entry) => tablesBelow(join(folder, entry.name), depth - 1)));
  return found.flat();
}
