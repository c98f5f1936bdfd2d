import { singleValueProblem, windowProblem } from '../../model/job/deduplicate-rule.ts';
import type { FieldPlace } from '../../model/job/field-path.ts';
import { fieldChecker } from './check-field.ts';
import type { DeduplicateYaml } from '../yaml/deduplicate-yaml.ts';
import type { JobColumn } from '../build/job-columns.ts';
import type { JobYaml } from '../yaml/job-yaml.ts';
import type { ReportProblem } from '../document/spec-problem.ts';

const at = ['steps', 'deduplicate'];

/** Fields that are there, of a type that can be compared, and nothing that makes no sense together. */
export function checkDeduplicate(
  { deduplicate, scrub, normalize }: JobYaml['steps'],
  columns: readonly JobColumn[],
  report: ReportProblem,
): void {
  if (deduplicate === undefined) return;
  checkTogether(deduplicate, report);
  const checkField = fieldChecker(columns, report);
  const check = (key: string, field: string, problem: (place: FieldPlace) => string | undefined): void => {
    // Inside of structs the types that scrub and normalize leave are known to the compiled pipeline alone.
    const isRewritten = scrub?.fields[field] !== undefined || normalize?.[field] !== undefined;
    checkField([...at, key], field, (place) => (isRewritten && place.steps.length > 1 ? undefined : problem(place)));
  };
  const { key, time, orderBy } = deduplicate;
  for (const field of key) check('key', field, singleValueProblem);
  if (new Set(key).size < key.length) report([...at, 'key'], 'names a field twice');
  if (orderBy !== undefined) check('orderBy', orderBy, singleValueProblem);
  if (time !== undefined) check('time', time, windowProblem);
}

function checkTogether({ window, time, scope, keep, orderBy }: DeduplicateYaml, report: ReportProblem): void {
  if (typeof window === 'number' && time === undefined) {
    report([...at, 'window'], 'needs a time: the field that it is measured on');
  }
  if (typeof window !== 'number' && time !== undefined) report([...at, 'time'], 'needs a window, such as 1 hour');
  if (window === undefined && scope !== 'batch') {
    report(
      at,
      'expected a window with a time, by which only a part of the table is looked at for each micro-batch; ' +
        'or window: unlimited, which reads the keys of the whole table each time; or scope: batch',
    );
  }
  if (orderBy !== undefined && (keep === undefined || keep === 'first')) {
    report([...at, 'orderBy'], 'is for keep: earliest and keep: latest; first goes by topic partition and offset');
  }
}
