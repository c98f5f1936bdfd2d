import type { DocumentPath } from '../document/document-path.ts';
import type { JobColumn } from '../build/job-columns.ts';
import type { MaintenanceYaml } from '../yaml/maintenance-yaml.ts';
import { unknownColumn } from '../build/output-columns.ts';
import type { ReportProblem } from '../document/spec-problem.ts';

/** `columns` are those of the job's table; `undefined` where it may get others that the job does not name. */
export function checkMaintenance(
  { optimize }: MaintenanceYaml,
  columns: readonly JobColumn[] | undefined,
  partitionBy: readonly string[],
  report: ReportProblem,
): void {
  const path: DocumentPath = ['maintenance', 'optimize'];
  if (optimize?.sortBy && optimize.zOrderBy) {
    report(path, 'rows have one order; keep sortBy or zOrderBy');
  }
  for (const key of ['sortBy', 'zOrderBy'] as const) {
    for (const name of optimize?.[key] ?? []) {
      const known = columns === undefined || columns.some((column) => column.name === name);
      if (!known) report([...path, key], unknownColumn(name, columns));
      if (partitionBy.includes(name))
        report([...path, key], `${name} is a partition column: its value is the same in all of a file`);
    }
  }
}
