import { findField, type FieldPlace } from '../../model/job/field-path.ts';
import type { DocumentPath } from '../document/document-path.ts';
import type { JobColumn } from '../build/job-columns.ts';
import { didYouMean } from '../../model/nearest-name.ts';
import type { ReportProblem } from '../document/spec-problem.ts';

/** Reports a field that is not there, or of which `problem` says why it cannot be used. */
export type CheckField = (
  path: DocumentPath,
  field: string,
  problem: (place: FieldPlace) => string | undefined,
) => void;

export function fieldChecker(columns: readonly JobColumn[], report: ReportProblem): CheckField {
  const fields = columns.map(({ name, type, nullable }) => ({ name, type, nullable, metadata: {} }));
  return (path, field, problem) => {
    const place = findField(fields, field);
    if (place === undefined) {
      const names = fields.map(({ name }) => name);
      report(path, `there is no field ${field}${didYouMean(field, names)}`);
      return;
    }
    const found = problem(place);
    if (found !== undefined) report(path, found);
  };
}
