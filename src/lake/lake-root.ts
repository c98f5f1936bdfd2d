import { join } from 'node:path';
import type { ObjectStore } from '../storage/object-store.ts';
import { openObjectStore } from '../storage/open-object-store.ts';

/** A Delta table found in the lake. */
export interface FoundTable {
  /** The last part of the path where that is unique, else the path below the lake's folder, with `/`. */
  readonly name: string;
  readonly root: string;
}

/** The lake's folder, or URL: `LAKE_PATH` or `DELTA_LAKE_PATH`, else `data/lake` below the working folder. */
export function lakeRoot(env: NodeJS.ProcessEnv = process.env): string {
  const named = [env['LAKE_PATH'], env['DELTA_LAKE_PATH']].find((path) => path !== undefined && path !== '');
  return named === undefined ? join('data', 'lake') : named.replace(/^file:\/\//, '');
}

/** A folder is a Delta table when it has a log. */
export function isTable(root: string): Promise<boolean> {
  return hasLog(openObjectStore(root), '');
}

const deepest = 3;

/** All tables below the lake's folder, by name; none where the folder does not exist. Tables hold no tables. */
export async function findTables(lake: string): Promise<FoundTable[]> {
  const store = openObjectStore(lake);
  const paths = (await tablesBelow(store, '', deepest)).sort();
  const names = Map.groupBy(paths, lastPart);
  return paths.map((path) => {
    const isUnique = names.get(lastPart(path))?.length === 1;
    const root = path === '' ? store.root : `${store.root}/${path}`;
    return { name: isUnique ? lastPart(path === '' ? root : path) : path, root };
  });
}

/** Their paths below the store's root, without a slash at the end. */
async function tablesBelow(store: ObjectStore, folder: string, depth: number): Promise<string[]> {
  if (await hasLog(store, folder)) return [folder.slice(0, -1)];
  if (depth === 0) return [];
  const below: Promise<string[]>[] = [];
  for await (const name of store.listFolders(folder)) {
    if (!/^[._]/.test(name)) below.push(tablesBelow(store, `${folder}${name}/`, depth - 1));
  }
  return (await Promise.all(below)).flat();
}

async function hasLog(store: ObjectStore, folder: string): Promise<boolean> {
  for await (const name of store.listFolders(folder)) if (name === '_delta_log') return true;
  return false;
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
