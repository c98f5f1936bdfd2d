import type { DataType } from '../model/table-schema.ts';
import type { DocumentPath } from './document-path.ts';
import type { JobColumn } from './job-columns.ts';
import type { JobYaml } from './job-yaml.ts';
import type { ReportProblem } from './spec-problem.ts';

/** Signs that a column's name may not hold in a table without column mapping (PROTOCOL.md, Column Mapping). */
const refusedSigns = /[ ,;{}()\n\t=]/;

/** Every column's name can be stored and is there once, at every level, and no kept row lacks a required value. */
export function checkColumns(steps: JobYaml['steps'], columns: readonly JobColumn[], report: ReportProblem): void {
  if (columns.length === 0)
    report(['steps', 'metadata'], 'the table has no columns; give it some here or in steps.parse');
  checkNames(columns, report);
  for (const column of columns) checkNestedNames(column.type, column.path, report);
  const required = columns.find((column) => !column.nullable);
  if (required === undefined) return;
  for (const key of ['records', 'tombstones'] as const) {
    if (steps.malformed[key] !== 'keep') continue;
    report(
      ['steps', 'malformed', key],
      `keep makes rows without parsed values, but the column ${required.name} is not null`,
    );
  }
}

function checkNames(fields: readonly Pick<JobColumn, 'name' | 'path'>[], report: ReportProblem): void {
  const seen = new Map<string, string>();
  for (const { name, path } of fields) {
    if (name === '' || refusedSigns.test(name)) {
      report(
        path,
        `${JSON.stringify(name)} is no name for a column; expected one without spaces and without , ; { } ( ) =`,
      );
    }
    const earlier = seen.get(name.toLowerCase());
    if (earlier === undefined) seen.set(name.toLowerCase(), name);
    else
      report(
        path,
        `the column ${name} is there twice${earlier === name ? '' : ` (as ${earlier}; case makes no difference)`}`,
      );
  }
}

function checkNestedNames(type: DataType, path: DocumentPath, report: ReportProblem): void {
  if (typeof type === 'string') return;
  switch (type.type) {
    case 'array':
      checkNestedNames(type.elementType, path, report);
      break;
    case 'map':
      checkNestedNames(type.valueType, path, report);
      break;
    case 'struct': {
      const fields = type.fields.map((field) => ({ ...field, path: [...path, field.name] }));
      checkNames(fields, report);
      for (const field of fields) checkNestedNames(field.type, field.path, report);
      break;
    }
  }
}
