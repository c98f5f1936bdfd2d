import { dataColors } from './messages.ts';
import { cutToWidth, textWidth } from './text-width.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Left out where all its cells are empty. */
  readonly optional?: boolean;
}

export interface TableOptions {
  /** Columns of the terminal; 0 means no bound. */
  readonly maxWidth?: number;
}

const gap = '  ';
const narrowest = 8;

/** The width to print for: the terminal's, or no bound when the output goes to a file or a pipe. */
export function outputWidth(): number {
  return process.stdout.isTTY ? process.stdout.columns : 0;
}

/**
 * Rows as aligned text. Where a table is wider than the bound, the widest columns are cut, with an ellipsis, until it
 * fits; none below 8 columns.
 */
export function renderTable(
  allColumns: readonly Column[],
  allRows: readonly (readonly string[])[],
  options: TableOptions = {},
): string {
  const isShown = allColumns.map(
    ({ optional }, index) => optional !== true || allRows.some((row) => row[index] !== ''),
  );
  const columns = allColumns.filter((_column, index) => isShown[index]);
  const rows = allRows.map((row) => row.filter((_cell, index) => isShown[index]));
  const widths = columns.map((column, index) =>
    Math.max(textWidth(column.title), ...rows.map((row) => textWidth(row[index] ?? ''))),
  );
  shrink(widths, options.maxWidth ?? outputWidth());
  const line = (cells: readonly string[], paint: (cell: string) => string = (cell) => cell): string =>
    columns
      .map((column, index) => {
        const width = widths[index] ?? 0;
        const text = cutToWidth(cells[index] ?? '', width);
        const fill = ' '.repeat(Math.max(0, width - textWidth(text)));
        return column.align === 'right' ? fill + paint(text) : paint(text) + fill;
      })
      .join(gap)
      .trimEnd();
  return [
    line(
      columns.map(({ title }) => title),
      dataColors.bold,
    ),
    ...rows.map((row) => line(row)),
  ].join('\n');
}

/** Takes columns from the widest, until the sum fits; the result does not depend on the order of the columns. */
function shrink(widths: number[], maxWidth: number): void {
  if (maxWidth <= 0) return;
  let excess = widths.reduce((sum, width) => sum + width, 0) + gap.length * (widths.length - 1) - maxWidth;
  while (excess > 0) {
    const widest = Math.max(...widths);
    if (widest <= narrowest) return;
    const at = widths.flatMap((width, index) => (width === widest ? [index] : []));
    const second = Math.max(narrowest, ...widths.filter((width) => width < widest));
    const step = Math.max(1, Math.min(widest - second, Math.floor(excess / at.length)));
    for (const index of at) widths[index] = widest - step;
    excess -= step * at.length;
  }
}
