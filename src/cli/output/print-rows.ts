import type { QueryResult } from '../../lake/query/query.ts';
import { cellText, csvField } from './cell-text.ts';
import { toJson } from './json.ts';
import { printMessage } from './messages.ts';
import { writeData, writeLine } from './stdout.ts';
import { renderTable, type Column } from './table.ts';
import { formatCount } from './units.ts';

export type RowFormat = 'table' | 'json' | 'csv';

/** Enough for a terminal; more belongs into --json or --csv. */
export const defaultTableRows = 100;

export interface PrintOptions {
  readonly format: RowFormat;
  /** No more rows than this; by default all for programs, and 100 for people. */
  readonly limit?: number;
}

/** Prints a result and gives the number of rows that were printed. */
export async function printRows(result: QueryResult, options: PrintOptions): Promise<number> {
  const limit = options.limit ?? (options.format === 'table' ? defaultTableRows : Number.POSITIVE_INFINITY);
  const columns = result.columns.map((column) => column.name);
  if (options.format === 'csv') await writeLine(columns.map(csvField).join(','));
  const cells: string[][] = [];
  let printed = 0;
  let more = false;
  for await (const block of result.blocks) {
    const rows = block.slice(0, limit - printed);
    printed += rows.length;
    more = rows.length < block.length;
    if (options.format === 'table') cells.push(...rows.map((row) => row.map(cellText)));
    else if (rows.length > 0) await writeData(rows.map((row) => lineOf(row, columns, options.format)).join(''));
    if (more) break;
  }
  if (options.format === 'table') await writeLine(renderTable(tableColumns(result), cells));
  if (more) printMessage(`(the first ${printed} rows; --limit shows more)`);
  else if (options.format === 'table') {
    printMessage(`(${printed} ${printed === 1 ? 'row' : 'rows'}${skippedText(result.files)})`);
  }
  return printed;
}

/** Only where statistics spared something: of other statements not all files are read either. */
function skippedText({ read, of }: QueryResult['files']): string {
  return read < of ? `; ${formatCount(read)} of ${formatCount(of)} files read` : '';
}

function lineOf(row: readonly Parameters<typeof csvField>[0][], columns: readonly string[], format: RowFormat): string {
  if (format === 'csv') return `${row.map(csvField).join(',')}\n`;
  return `${toJson(Object.fromEntries(row.map((value, index) => [columns[index] ?? '', value])))}\n`;
}

/** Numbers stand on the right. */
export function tableColumns(result: Pick<QueryResult, 'columns'>): Column[] {
  return result.columns.map(({ name, type }) => ({
    title: name,
    align:
      /^(TINY|SMALL|BIG|HUGE|U)?.*INT|^DECIMAL|^DOUBLE|^FLOAT/.test(type) &&
      !/[[(<]/.test(type.replace(/^DECIMAL\(.*\)$/, ''))
        ? 'right'
        : 'left',
  }));
}
