import type { PlainValue } from '../../lake/query/plain-value.ts';
import type { DataType, StructField } from '../../model/table/table-schema.ts';
import { cellText } from './cell-text.ts';
import { renderTable, type Column } from './table.ts';
import { cutToWidth, visible } from './text-width.ts';

interface SampleRow {
  /** In the order of the columns. */
  readonly values: readonly PlainValue[];
}

const mostCellWidth = 40;

/** Rows of a trial as a table, below an empty line; nothing where there are none. `first` stands before the columns. */
export function renderSample(
  columns: readonly StructField[],
  sample: readonly SampleRow[],
  first?: { readonly title: string; readonly cells: readonly string[] },
): readonly string[] {
  if (sample.length === 0) return [];
  const titles = columns.map(({ name, type }): Column => ({
    title: visible(name),
    align: isNumeric(type) ? 'right' : 'left',
  }));
  const cells = sample.map(({ values }) => values.map((value) => cutToWidth(cellText(value), mostCellWidth)));
  if (first === undefined) return ['', renderTable(titles, cells)];
  const withFirst = cells.map((row, index) => [first.cells[index] ?? '', ...row]);
  return ['', renderTable([{ title: first.title }, ...titles], withFirst)];
}

function isNumeric(type: DataType): boolean {
  return typeof type === 'string' && /^(long|integer|short|byte|double|float|decimal.*)$/.test(type);
}
