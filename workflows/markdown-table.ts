export interface DetailColumn {
  readonly title: string;
  readonly align?: 'right';
  /** Left out where every cell is empty or 0: the Web UI's column is narrow. */
  readonly optional?: true;
}

/** A table of the Web UI's details, below what stands before it; nothing where it has no rows. */
export function markdownTable(
  allColumns: readonly DetailColumn[],
  allRows: readonly (readonly string[])[],
): readonly string[] {
  if (allRows.length === 0) return [];
  const shown = allColumns.flatMap((column, index) =>
    column.optional !== true || allRows.some((row) => !['', '0'].includes(row[index] ?? '')) ? [{ column, index }] : [],
  );
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    '',
    line(shown.map(({ column }) => column.title)),
    `|${shown.map(({ column }) => (column.align === 'right' ? '--:' : '---')).join('|')}|`,
    ...allRows.map((row) => line(shown.map(({ index }) => row[index] ?? ''))),
  ];
}
