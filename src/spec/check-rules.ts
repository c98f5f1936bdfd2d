import { findField } from '../model/field-path.ts';
import { normalizeProblem } from '../model/normalize-rule.ts';
import type { DataType } from '../model/table-schema.ts';
import { buildNormalizeRules } from './build-rules.ts';
import { recordColumns } from './job-columns.ts';
import type { JobYaml } from './job-yaml.ts';
import { nearestName } from './nearest-name.ts';
import type { ReportProblem } from './spec-problem.ts';

/** Rules name fields that are there, of a type that they can work on. */
export function checkRules(steps: JobYaml['steps'], report: ReportProblem): void {
  const columns = recordColumns(steps).map((column) => ({ ...column, metadata: {} }));
  const checkField = (
    path: readonly string[],
    field: string,
    problem: (type: DataType) => string | undefined,
  ): void => {
    const place = findField(columns, field);
    if (place === undefined) {
      const nearest = nearestName(
        field,
        columns.map(({ name }) => name),
      );
      report(path, `there is no field ${field}${nearest === undefined ? '' : `; did you mean ${nearest}?`}`);
      return;
    }
    const found = problem(place.type);
    if (found !== undefined) report(path, found);
  };
  for (const rule of buildNormalizeRules(steps.normalize ?? {})) {
    const path = ['steps', 'normalize', rule.field];
    checkField(path, rule.field, (type) => normalizeProblem(type, rule));
  }
}
