import { z } from 'zod';
import type { DataType, StructField } from '../../model/table/table-schema.ts';
import { formatPath, isMap, type DocumentPath } from '../document/document-path.ts';
import { parseColumn, parseColumnList, parseType } from '../column-types/type-parser.ts';
import { leaf, type EditorHints } from './yaml-leaves.ts';

type ReportExpected = (path: DocumentPath, value: unknown, expected: string) => void;

/** `$defs` of the JSON Schema that the hints of `columns` refer to. */
export const columnDefinitions = {
  columnType: {
    description: 'A type of Spark\'s DDL, perhaps with `not null` and `comment "…"`; or a map: a struct of its fields.',
    anyOf: [
      { type: 'string', examples: ['string', 'bigint', 'double', 'decimal(38,18)', 'timestamp', 'array<string>'] },
      { type: 'object', minProperties: 1, additionalProperties: { $ref: '#/$defs/columnType' } },
    ],
  },
};

/** Columns as a map from name to type, where a map in place of a type is a struct; or as one text of Spark's DDL. */
export function columns(hints: EditorHints): z.ZodType<readonly StructField[]> {
  const map = { type: 'object', minProperties: 1, additionalProperties: { $ref: '#/$defs/columnType' } };
  return z
    .unknown()
    .transform((value, context): readonly StructField[] =>
      readColumns(value, [], (path, input, expected) => {
        context.issues.push({ code: 'custom', message: expected, input, path: [...path] });
      }),
    )
    .meta({ anyOf: [{ type: 'string' }, map], ...hints });
}

function readColumns(value: unknown, path: DocumentPath, report: ReportExpected): readonly StructField[] {
  if (typeof value === 'string') {
    const list = parseColumnList(value);
    if (list.ok) return list.value;
    report(path, value, list.expected);
    return [];
  }
  if (!isMap(value) || Object.keys(value).length === 0) {
    report(path, value, 'a map from column to type, with at least one column');
    return [];
  }
  return Object.entries(value).flatMap(([name, type]) => {
    if (/^\d+$/.test(name)) {
      report(
        [...path, name],
        type,
        `a name that is no number, or ${formatPath(path) || 'schema'} as one text in Spark's DDL`,
      );
    }
    return readColumn(name, type, [...path, name], report);
  });
}

function readColumn(name: string, type: unknown, path: DocumentPath, report: ReportExpected): StructField[] {
  if (isMap(type)) {
    return [{ name, type: { type: 'struct', fields: readColumns(type, path, report) }, nullable: true, metadata: {} }];
  }
  if (typeof type !== 'string') {
    report(path, type, 'a type such as string, or a map: a struct of its fields');
    return [];
  }
  const column = parseColumn(name, type);
  if (column.ok) return [column.value];
  report(path, type, column.expected);
  return [];
}

/** A type alone. */
export function columnType(hints: EditorHints): z.ZodType<DataType> {
  return leaf({ type: 'string', ...hints }, (value) =>
    typeof value === 'string' ? parseType(value) : { ok: false, expected: 'a type such as date, int or string' },
  );
}
