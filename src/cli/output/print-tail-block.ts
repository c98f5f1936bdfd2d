import type { TailBlock } from '../../lake/newest-rows.ts';
import { cellText } from './cell-text.ts';
import { toJson } from './json.ts';
import { printMessage } from './messages.ts';
import { tableColumns } from './print-rows.ts';
import { writeData, writeLine } from './stdout.ts';
import { renderTable } from './table.ts';

/** Prints the rows of one look at a table, with the version as a message. */
export async function printTailBlock(block: TailBlock, json: boolean): Promise<void> {
  if (json) {
    const lines = block.rows.map((row) =>
      toJson(Object.fromEntries(block.columns.map(({ name }, index) => [name, row[index]]))),
    );
    await writeData(lines.map((line) => `${line}\n`).join(''));
    return;
  }
  await writeLine(
    renderTable(
      tableColumns(block),
      block.rows.map((row) => row.map(cellText)),
    ),
  );
  printMessage(`(version ${block.version}, ${block.rows.length} ${block.rows.length === 1 ? 'row' : 'rows'})`);
}
