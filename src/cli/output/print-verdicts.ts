import type { JobSpec } from '../../model/job/job-spec.ts';
import { formatDuration } from '../../spec/yaml/durations.ts';
import { formatPath } from '../../spec/document/document-path.ts';
import { formatProblem, type SpecProblem } from '../../spec/document/spec-problem.ts';
import type { JobReport } from '../validate-jobs.ts';
import { dataColors } from './messages.ts';

/** One line per job in order; under a job that is not, a line per problem. */
export function renderVerdicts(reports: readonly JobReport[]): string {
  const lines = reports.flatMap((report) => {
    const title = report.environment === undefined ? report.job : `${report.job} (${report.environment})`;
    if (report.spec !== undefined) return [`${dataColors.green('ok')}      ${title}: ${summary(report.spec)}`];
    const count = report.problems.length === 1 ? '1 problem' : `${report.problems.length} problems`;
    return [
      `${dataColors.red('invalid')} ${title}: ${count}`,
      ...report.problems.map((problem) => `  ${placeOf(report, problem)}${formatProblem(problem)}`),
    ];
  });
  return lines.join('\n');
}

/** The file, to which `formatProblem` adds line and column where it knows them. */
function placeOf({ file }: JobReport, problem: SpecProblem): string {
  if (file === undefined) return '';
  return problem.line === undefined ? `${file} ` : `${file}:`;
}

/** The same for programs. */
export function verdictsAsJson(reports: readonly JobReport[]): readonly Readonly<Record<string, unknown>>[] {
  return reports.map(({ job, environment, file, problems, spec }) => ({
    job,
    environment,
    file,
    valid: spec !== undefined,
    problems: problems.map((problem) => ({ ...problem, path: formatPath(problem.path) })),
    spec,
  }));
}

function summary({ source, trigger, table }: JobSpec): string {
  const topics =
    source.topics.kind === 'pattern'
      ? `topics ${source.topics.pattern}`
      : source.topics.topics.length === 1
        ? String(source.topics.topics[0])
        : `${source.topics.topics.length} topics`;
  const when = trigger.kind === 'availableNow' ? 'once' : `every ${formatDuration(trigger.intervalMs)}`;
  return `${topics} → ${table.path}, ${when}`;
}
