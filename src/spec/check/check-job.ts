import type { JobDocument } from '../../model/job/job-input.ts';
import type { JobSpec, TopicSelection } from '../../model/job/job-spec.ts';
import { unusableName } from '../../model/table/table-schema.ts';
import { buildJobSpec } from '../build/build-job-spec.ts';
import { checkAlerts } from '../yaml/alerts-yaml.ts';
import { checkBinaryParse } from '../yaml/binary-parse-yaml.ts';
import { checkColumns } from './check-columns.ts';
import { checkDeduplicate } from './check-deduplicate.ts';
import { checkMaintenance } from './check-maintenance.ts';
import { checkOutputs } from './check-outputs.ts';
import { checkRules } from './check-rules.ts';
import { checkSource } from './check-source.ts';
import {
  checkPartitionColumns,
  checkPartitionFolders,
  checkTableProperties,
  checkTopicsOfTable,
} from './check-table.ts';
import { defaultsFor } from '../defaults.ts';
import { formatPath, isMap, startsWithPath, type DocumentPath } from '../document/document-path.ts';
import { withAliases, type Environment } from '../document/environment.ts';
import { interpolate } from '../document/interpolate.ts';
import { hasKnownColumns, jobColumns, makesAllColumns } from '../build/job-columns.ts';
import { jobYaml, type JobYaml } from '../yaml/job-yaml.ts';
import { checkTablesApart, resolveLocations, type Locations } from '../build/locations.ts';
import { checkKey } from '../yaml/key-yaml.ts';
import { overlay } from '../document/overlay.ts';
import { reportSchemaIssues } from '../document/schema-problems.ts';
import { mergeLayers, placeProblem, type SpecLayer } from '../document/spec-layers.ts';
import { isReceiverPlace, type ReportProblem, type SpecProblem } from '../document/spec-problem.ts';

/** What a check of a job came to. */
export type JobVerdict =
  { readonly ok: true; readonly spec: JobSpec } | { readonly ok: false; readonly problems: readonly SpecProblem[] };

export interface CheckContext {
  readonly env: Environment;
  /** Relative paths are taken from here. */
  readonly workingFolder: string;
  /** The name that the job's file gives it. */
  readonly fileName?: string | undefined;
}

/** Puts the layers of a job together and finds everything that is wrong with the result. */
export function checkJob(layers: readonly SpecLayer[], context: CheckContext): JobVerdict {
  const env = withAliases(context.env);
  const document = mergeLayers(layers);
  const defaults = defaultsFor(document, env, context.fileName);
  const written = asMap(overlay(defaults, document));
  const problems: SpecProblem[] = [];
  const places = [{ document: defaults, origin: 'default' }, ...layers];
  const report: ReportProblem = (path, message) => problems.push(placeProblem(places, path, message));

  reportUnusableNames(written, [], report);
  const filledIn = asMap(interpolate(written, { env, keeps: isSecret, report }));
  const unresolved = problems.map(({ path }) => formatPath(path));
  const reportElsewhere: ReportProblem = (path, message) => {
    if (!unresolved.includes(formatPath(path))) report(path, message);
  };
  const parsed = jobYaml.safeParse(filledIn);
  if (!parsed.success) reportSchemaIssues(parsed.error.issues, filledIn, written, reportElsewhere);
  const { topics, locations } = checkSections(filledIn, context.workingFolder, reportElsewhere);
  return parsed.success && problems.length === 0 && topics !== undefined && locations !== undefined
    ? { ok: true, spec: buildJobSpec(parsed.data, topics, locations, context.workingFolder) }
    : { ok: false, problems: inOrder(problems) };
}

/** The checks across keys, over the sections that are in order by themselves, so that all is said at once. */
function checkSections(
  document: JobDocument,
  workingFolder: string,
  report: ReportProblem,
): { readonly topics: TopicSelection | undefined; readonly locations: Locations | undefined } {
  const { shape } = jobYaml;
  const source = shape.source.safeParse(document['source']).data;
  const steps = shape.steps.safeParse(document['steps']).data;
  const table = shape.table.safeParse(document['table']).data;
  const topics = source && checkSource(source, report);
  if (steps) checkParse(steps.parse, topics, report);
  const columns = steps && hasKnownColumns(steps) ? jobColumns(steps) : undefined;
  if (columns) checkColumns(columns, report);
  if (steps && columns) checkRules(steps, report);
  if (steps && columns) checkDeduplicate(steps, columns, report);
  if (table && columns) checkPartitionColumns(table.partitionBy, columns, ['table', 'partitionBy'], report);
  if (table && topics) checkTopicsOfTable(table, topics, steps?.metadata, report);
  if (table) checkTableProperties(table.properties, ['table', 'properties'], report);
  if (table) checkPartitionFolders(table, report);
  const outputs = shape.outputs.safeParse(document['outputs']).data;
  if (outputs && steps) checkOutputs(outputs, { columns, topics }, report);
  const maintenance = shape.maintenance.safeParse(document['maintenance']).data;
  if (maintenance) {
    const all = steps && makesAllColumns(steps) ? columns : undefined;
    checkMaintenance(maintenance, all, table?.partitionBy ?? [], report);
  }
  checkAlerts(shape.alerts.safeParse(document['alerts']).data, shape.notify.safeParse(document['notify']).data, report);
  return { topics, locations: table && checkLocations(document, table, topics, workingFolder, report) };
}

function checkParse(parse: JobYaml['steps']['parse'], topics: TopicSelection | undefined, report: ReportProblem): void {
  if (parse.format !== 'raw' && parse.format !== 'json') checkBinaryParse(parse, ['steps', 'parse'], topics, report);
  if (parse.key !== undefined) checkKey(parse.key, topics, report);
}

function checkLocations(
  document: JobDocument,
  table: JobYaml['table'],
  topics: TopicSelection | undefined,
  workingFolder: string,
  report: ReportProblem,
): Locations | undefined {
  const deadLetter = jobYaml.shape.deadLetter.safeParse(document['deadLetter']);
  const checkpoint = jobYaml.shape.checkpointPath.safeParse(document['checkpointPath']);
  const outputs = jobYaml.shape.outputs.safeParse(document['outputs']);
  if (!deadLetter.success || !checkpoint.success || !outputs.success) return undefined;
  const written = {
    table: table.path,
    deadLetter: deadLetter.data?.path,
    checkpoint: checkpoint.data,
    outputs: new Map(Object.entries(outputs.data ?? {}).map(([name, { path }]) => [name, path])),
  };
  const locations = resolveLocations(written, topics, workingFolder, report);
  if (locations && topics) checkTablesApart(locations, topics.kind === 'list' ? topics.topics : ['{topic}'], report);
  return locations;
}

/** Readers of the document, and of rows, take this name for a part of JavaScript's, and pass over it without a word. */
function reportUnusableNames(value: unknown, path: DocumentPath, report: ReportProblem): void {
  if (Array.isArray(value))
    value.forEach((item: unknown, index) => reportUnusableNames(item, [...path, index], report));
  if (!isMap(value)) return;
  for (const [key, item] of Object.entries(value)) {
    if (key === unusableName) report([...path, key], `${unusableName} cannot be a name; choose another one`);
    else reportUnusableNames(item, [...path, key], report);
  }
}

/** Credentials and keys stay references in a JobSpec, and are not read here. */
function isSecret(path: DocumentPath): boolean {
  const sasl = ['source', 'security', 'sasl'];
  const secrets = [
    [...sasl, 'username'],
    [...sasl, 'password'],
    ['steps', 'scrub', 'hmacKey'],
  ];
  return isReceiverPlace(path) || secrets.some((secret) => startsWithPath(path, secret));
}

function asMap(value: unknown): JobDocument {
  return isMap(value) ? value : {};
}

/** As they stand in the file; those from elsewhere last. */
export function inOrder(problems: readonly SpecProblem[]): readonly SpecProblem[] {
  const place = ({ line, column }: SpecProblem): number => (line ?? 1e6) * 1e4 + (column ?? 0);
  return problems.toSorted((left, right) => place(left) - place(right));
}
