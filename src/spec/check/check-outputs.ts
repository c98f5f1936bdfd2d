import type { TopicSelection } from '../../model/job/job-spec.ts';
import { checkAggregates } from './check-aggregates.ts';
import { checkPartitionColumns, checkTableProperties } from './check-table.ts';
import type { DocumentPath } from '../document/document-path.ts';
import type { JobColumn } from '../build/job-columns.ts';
import { hasSeveral } from '../build/locations.ts';
import { outputColumns, unknownColumn } from '../build/output-columns.ts';
import type { OutputYaml } from '../yaml/outputs-yaml.ts';
import type { ReportProblem } from '../document/spec-problem.ts';

const namePattern = /^[a-z0-9][a-z0-9._-]*$/i;

/** Keys that only make sense for one kind of output, or with a window. */
const aggregateKeys = [
  'window',
  'eventTime',
  'watermark',
  'idleAfter',
  'late',
  'groupBy',
  'aggregates',
  'mode',
] as const;

/** What the keys of an output may not say together, and whether the columns that it names are there. */
export function checkOutputs(
  outputs: Readonly<Record<string, OutputYaml>>,
  context: { readonly columns: readonly JobColumn[] | undefined; readonly topics: TopicSelection | undefined },
  report: ReportProblem,
): void {
  const seen = new Set<string>();
  for (const [name, output] of Object.entries(outputs)) {
    const at = ['outputs', name];
    if (!namePattern.test(name)) {
      report(at, 'expected a name of letters, digits, dots, hyphens and underscores, beginning with a letter or digit');
    }
    if (seen.has(name.toLowerCase())) report(at, `${name} is there twice; case makes no difference`);
    seen.add(name.toLowerCase());
    if (hasSeveral(context.topics) && output.path?.includes('{topic}') === false) {
      report([...at, 'path'], 'several topics would write to one table; put {topic} into the path');
    }
    checkTableProperties(output.properties ?? {}, [...at, 'properties'], report, ['delta.enableDeletionVectors']);
    checkKind(output, at, context.columns, report);
    if (context.columns) checkColumnsOf(output, at, context.columns, report);
  }
}

function checkKind(
  output: OutputYaml,
  at: DocumentPath,
  columns: readonly JobColumn[] | undefined,
  report: ReportProblem,
): void {
  const kinds = (['aggregates', 'changes', 'merge'] as const).filter((key) => output[key] !== undefined);
  if (kinds.length !== 1) {
    const found = kinds.length === 0 ? '' : `, not ${kinds.join(' and ')}`;
    report(at, `expected one of aggregates (with window, groupBy or both), changes and merge${found}`);
    return;
  }
  if (kinds[0] === 'aggregates') checkAggregates(output, at, columns, report);
  else {
    for (const key of aggregateKeys) {
      if (output[key] !== undefined) report([...at, key], `is for outputs with aggregates, not for ${kinds[0] ?? ''}`);
    }
  }
}

function checkColumnsOf(
  output: OutputYaml,
  at: DocumentPath,
  columns: readonly JobColumn[],
  report: ReportProblem,
): void {
  const { groupBy, eventTime, changes, merge } = output;
  const known = (path: DocumentPath, name: string, problem: (column: JobColumn) => string | undefined): void => {
    const column = columns.find((candidate) => candidate.name === name);
    const found = column === undefined ? unknownColumn(name, columns) : problem(column);
    if (found !== undefined) report([...at, ...path], found);
  };
  const list = (path: DocumentPath, names: readonly string[] | undefined): void => {
    for (const name of names ?? []) known(path, name, keyProblem);
    if (new Set(names).size < (names?.length ?? 0)) report([...at, ...path], 'names a column twice');
  };
  list(['groupBy'], groupBy);
  list(['changes', 'key'], changes?.key);
  list(['merge', 'key'], merge?.key);
  for (const name of changes?.of ?? []) known(['changes', 'of'], name, () => undefined);
  if (merge?.orderBy !== undefined) known(['merge', 'orderBy'], merge.orderBy, keyProblem);
  if (eventTime !== undefined) {
    known(['eventTime'], eventTime, ({ type }) =>
      type === 'timestamp' ? undefined : `${eventTime} is no timestamp; make one with normalize or derive`,
    );
  }
  checkOwnColumns(output, at, columns, report);
}

/** Each column of the output's table is there once; partition columns are among them. */
function checkOwnColumns(
  output: OutputYaml,
  at: DocumentPath,
  columns: readonly JobColumn[],
  report: ReportProblem,
): void {
  const own = outputColumns(output, columns);
  const seen = new Set<string>();
  for (const { name } of own) {
    if (seen.has(name.toLowerCase())) report(at, `the column ${name} would be there twice in the output's table`);
    seen.add(name.toLowerCase());
  }
  checkPartitionColumns(output.partitionBy ?? [], own, [...at, 'partitionBy'], report);
}

/** Of a key there can be no two spellings: -0.0 and 0.0, or NaN. */
function keyProblem({ name, type }: JobColumn): string | undefined {
  if (typeof type !== 'string') return `${name} is a struct, an array or a map; expected a single value`;
  return ['float', 'double'].includes(type) ? `${name} is a floating-point number, which is no key` : undefined;
}
