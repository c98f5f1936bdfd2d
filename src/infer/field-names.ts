import { isUsableName } from '../model/table/column-name.ts';
import type { Observation } from './observation.ts';

/** Names that cannot be columns. Of those that differ in case alone the most frequent one can. */
export function unusableNames(seen: ReadonlyMap<string, Observation>): ReadonlySet<string> {
  const best = new Map<string, string>();
  for (const [name, { count }] of seen) {
    const other = best.get(name.toLowerCase());
    if (other === undefined || count > (seen.get(other)?.count ?? 0)) best.set(name.toLowerCase(), name);
  }
  return new Set([...seen.keys()].filter((name) => !isUsableName(name) || best.get(name.toLowerCase()) !== name));
}
