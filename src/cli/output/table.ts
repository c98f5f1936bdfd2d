import { dataColors } from './messages.ts';
import { cutToWidth, textWidth } from './text-width.ts';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** Left out where all its cells are empty. */
  readonly optional?: boolean;
  /** Cut before all others: what it says is worth less than theirs. */
  readonly cutFirst?: boolean;
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
 * fits; none below 8 columns. Those that are marked so are cut before the others.
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
  shrink(widths, columns, options.maxWidth ?? outputWidth());
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
function shrink(widths: number[], columns: readonly Column[], maxWidth: number): void {
  if (maxWidth <= 0) return;
  const all = widths.map((_width, index) => index);
  let excess = widths.reduce((sum, width) => sum + width, 0) + gap.length * (widths.length - 1) - maxWidth;
  for (const cut of [all.filter((index) => columns[index]?.cutFirst === true), all]) {
    excess = shrinkThese(widths, cut, excess);
  }
}

/** What is still too much once each of these columns is as narrow as it may get. */
function shrinkThese(widths: number[], these: readonly number[], excess: number): number {
  let left = excess;
  while (left > 0) {
    const own = these.map((index) => widths[index] ?? 0);
    const widest = Math.max(narrowest, ...own);
    if (widest === narrowest) break;
    const at = these.filter((index) => widths[index] === widest);
    const second = Math.max(narrowest, ...own.filter((width) => width < widest));
    const step = Math.max(1, Math.min(widest - second, Math.floor(left / at.length)));
    for (const index of at) widths[index] = widest - step;
    left -= step * at.length;
  }
  return left;
}
