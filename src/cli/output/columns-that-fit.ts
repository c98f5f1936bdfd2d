import type { Column } from './table.ts';
import { textWidth } from './text-width.ts';

interface Fitting {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
  /** How many columns there is no room for. */
  readonly hidden: number;
}

const gapWidth = 2;
/** Narrower than this, most values say nothing any more. */
const readableWidth = 12;

/** The first columns of a table that can stand side by side and still be read; all where the width has no bound (0). */
export function columnsThatFit(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  maxWidth: number,
): Fitting {
  let width = -gapWidth;
  const end = columns.findIndex(({ title }, index) => {
    const natural = Math.max(textWidth(title), ...rows.map((row) => textWidth(row[index] ?? '')));
    width += gapWidth + Math.min(readableWidth, natural);
    return width > maxWidth;
  });
  if (maxWidth <= 0 || end < 1) return { columns, rows, hidden: 0 };
  return { columns: columns.slice(0, end), rows: rows.map((row) => row.slice(0, end)), hidden: columns.length - end };
}
