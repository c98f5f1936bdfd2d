import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { pathForTopic, type TopicSelection } from '../../model/job/job-spec.ts';
import { defaultDeadLetterFolder } from '../defaults.ts';
import type { DocumentPath } from '../document/document-path.ts';
import { unexpectedValue, type ReportProblem } from '../document/spec-problem.ts';

export interface Locations {
  readonly table: string;
  readonly deadLetter: string;
  readonly checkpoint?: string;
  /** Output name to path. */
  readonly outputs: ReadonlyMap<string, string>;
}

interface WrittenLocations {
  readonly table: string;
  readonly deadLetter?: string | undefined;
  readonly checkpoint?: string | undefined;
  /** Output name to path; `undefined` for one that has none. */
  readonly outputs: ReadonlyMap<string, string | undefined>;
}

const expected = 'a folder, a file:// URL or an s3:// URL with a bucket';

/** Makes the paths of a job absolute and of one form: `s3a://` becomes `s3://`, `file://` a folder. */
export function resolveLocations(
  written: WrittenLocations,
  topics: TopicSelection | undefined,
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
      ? table && besideTable(table, defaultDeadLetterFolder)
      : resolve(['deadLetter', 'path'], written.deadLetter);
  const checkpoint = written.checkpoint === undefined ? undefined : resolve(['checkpointPath'], written.checkpoint);
  const outputs = [...written.outputs].map(([name, path]): [string, string | undefined] => [
    name,
    path === undefined
      ? table && besideTable(table, hasSeveral(topics) ? `${name}_{topic}` : name)
      : resolve(['outputs', name, 'path'], path),
  ]);
  if (table === undefined || deadLetter === undefined) return undefined;
  const found = new Map(outputs.flatMap(([name, path]) => (path === undefined ? [] : [[name, path] as const])));
  if (found.size < outputs.length) return undefined;
  return { table, deadLetter, ...(checkpoint === undefined ? {} : { checkpoint }), outputs: found };
}

/** May the job read more than one topic? */
export function hasSeveral(topics: TopicSelection | undefined): boolean {
  return topics !== undefined && (topics.kind === 'pattern' || topics.topics.length > 1);
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

function besideTable(table: string, folder: string): string {
  return `${table.slice(0, table.lastIndexOf('/'))}/${folder}`;
}

/** Two tables in one folder, or one inside the other, would take each other's files for their own. */
export function checkTablesApart(locations: Locations, topics: readonly string[], report: ReportProblem): void {
  const places = [
    { at: ['table', 'path'], template: locations.table },
    { at: ['deadLetter', 'path'], template: locations.deadLetter },
    ...[...locations.outputs].map(([name, template]) => ({ at: ['outputs', name, 'path'], template })),
  ];
  for (const [index, { at, template }] of places.entries()) {
    const earlier = places.slice(0, index).flatMap((place) => rootsOf(place.template, topics));
    for (const root of rootsOf(template, topics)) {
      const other = earlier.find((table) => isWithin(root, table) || isWithin(table, root));
      if (other === undefined) continue;
      const relation = root === other ? 'the same folder as' : 'in one folder tree with';
      report(at, `${root} is ${relation} the table ${other}; give it a folder of its own`);
      break;
    }
  }
}

function rootsOf(template: string, topics: readonly string[]): readonly string[] {
  return [...new Set(topics.map((topic) => pathForTopic(template, topic)))];
}

function isWithin(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(`${outer}/`);
}
