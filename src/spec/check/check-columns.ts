import type { DataType } from '../../model/table/table-schema.ts';
import type { DocumentPath } from '../document/document-path.ts';
import type { JobColumn } from '../build/job-columns.ts';
import type { ReportProblem } from '../document/spec-problem.ts';
import { formatType } from '../column-types/type-format.ts';

/** Signs that a column's name may not hold in a table without column mapping (PROTOCOL.md, Column Mapping). */
const refusedSigns = /[ ,;{}()\n\t=]/;

/** There are columns; each one's name can be stored and is there once, at every level. */
export function checkColumns(columns: readonly JobColumn[], report: ReportProblem): void {
  if (columns.length === 0)
    report(['steps', 'metadata'], 'the table has no columns; give it some here or in steps.parse');
  checkNames(columns, report);
  for (const column of columns) checkNested(column.type, column.path, report);
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

function checkNested(type: DataType, path: DocumentPath, report: ReportProblem): void {
  if (typeof type === 'string') return;
  switch (type.type) {
    case 'array':
      checkNested(type.elementType, path, report);
      break;
    case 'map':
      if (type.keyType !== 'string')
        report(path, `${formatType(type)}; expected string keys, the only ones that JSON has`);
      checkNested(type.valueType, path, report);
      break;
    case 'struct': {
      const fields = type.fields.map((field) => ({ ...field, path: [...path, field.name] }));
      checkNames(fields, report);
      for (const field of fields) checkNested(field.type, field.path, report);
      break;
    }
  }
}
