import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pathForTopic } from '../model/job-spec.ts';
import { defaultDeadLetterFolder } from './defaults.ts';
import type { DocumentPath } from './document-path.ts';
import { unexpectedValue, type ReportProblem } from './spec-problem.ts';

export interface Locations {
  readonly table: string;
  readonly deadLetter: string;
  readonly checkpoint?: string;
}

interface WrittenLocations {
  readonly table: string;
  readonly deadLetter?: string | undefined;
  readonly checkpoint?: string | undefined;
}

const expected = 'a folder, a file:// URL or an s3:// URL with a bucket';

/** Makes the paths of a job absolute and of one form: `s3a://` becomes `s3://`, `file://` a folder. */
export function resolveLocations(
  written: WrittenLocations,
  workingFolder: string,
  report: ReportProblem,
): Locations | undefined {
  const resolve = (at: DocumentPath, location: string): string | undefined => {
    const resolved = resolveLocation(location, workingFolder);
    if (resolved === undefined) report(at, unexpectedValue(at, location, expected));
    const unknown = /\{(?!topic\})[^{}]*\}/.exec(location)?.[0];
    if (unknown !== undefined) report(at, `${unknown} stands for nothing; only {topic} does`);
    return resolved;
  };
  const table = resolve(['table', 'path'], written.table);
  const deadLetter =
    written.deadLetter === undefined
      ? table && besideTable(table)
      : resolve(['deadLetter', 'path'], written.deadLetter);
  const checkpoint = written.checkpoint === undefined ? undefined : resolve(['checkpointPath'], written.checkpoint);
  if (table === undefined || deadLetter === undefined) return undefined;
  return { table, deadLetter, ...(checkpoint === undefined ? {} : { checkpoint }) };
}

function resolveLocation(location: string, workingFolder: string): string | undefined {
  const scheme = /^([A-Za-z][\w+.-]*):\/\//.exec(location)?.[1]?.toLowerCase();
  if (scheme === undefined) return path.resolve(workingFolder, location);
  if (scheme === 'file') {
    try {
      return path.resolve(fileURLToPath(location));
    } catch {
      return undefined;
    }
  }
  if (!['s3', 's3a', 's3n'].includes(scheme)) return undefined;
  const [bucket = '', ...key] = location
    .slice(scheme.length + 3)
    .split('/')
    .filter((part) => part !== '');
  return /^[a-z0-9][a-z0-9.-]+$/.test(bucket) ? ['s3:/', bucket, ...key].join('/') : undefined;
}

function besideTable(table: string): string {
  return `${table.slice(0, table.lastIndexOf('/'))}/${defaultDeadLetterFolder}`;
}

/** Two tables in one folder, or one inside the other, would take each other's files for their own. */
export function checkTablesApart(locations: Locations, topics: readonly string[], report: ReportProblem): void {
  const tables = new Set(topics.map((topic) => pathForTopic(locations.table, topic)));
  const deadLetters = new Set(topics.map((topic) => pathForTopic(locations.deadLetter, topic)));
  for (const deadLetter of deadLetters) {
    for (const table of tables) {
      if (!isWithin(deadLetter, table) && !isWithin(table, deadLetter)) continue;
      const relation = deadLetter === table ? 'the same folder as' : 'in one folder tree with';
      report(['deadLetter', 'path'], `${deadLetter} is ${relation} the table ${table}; give it a folder of its own`);
      return;
    }
  }
}

function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(`${outer}/`);
}
