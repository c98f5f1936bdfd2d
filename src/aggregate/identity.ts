import { createHash } from 'node:crypto';

/** Short, and the same for the same meaning. */
export function fingerprintOf(meaning: unknown): string {
  return createHash('sha256').update(JSON.stringify(meaning)).digest('hex').slice(0, 16);
}

/** What is wrong with columns of these names; names are not case sensitive. */
export function repeatedName(names: readonly string[]): string | undefined {
  const lower = names.map((name) => name.toLowerCase());
  const twice = names.find((_, position) => lower.indexOf(lower[position] ?? '') !== position);
  return twice === undefined ? undefined : `two columns would be named ${twice}`;
}
