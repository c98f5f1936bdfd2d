import type { TailEvent, TailedTable } from '../../lake/tail/tail-tables.ts';
import type { RowChange, TailBlock } from '../../lake/tail/tail-block.ts';
import { cellText } from './cell-text.ts';
import { columnsThatFit } from './columns-that-fit.ts';
import { toJson } from './json.ts';
import { dataColors, printMessage } from './messages.ts';
import { tableColumns } from './print-rows.ts';
import { writeData, writeLine } from './stdout.ts';
import { outputWidth, renderTable } from './table.ts';
import { formatCount } from './units.ts';

export interface NamedTable extends TailedTable {
  readonly name: string;
}

export interface TailFormat {
  readonly json: boolean;
  /** Rows of several tables: each block, or line of JSON, says of which. */
  readonly namesTables: boolean;
}

export async function printTailEvent(event: TailEvent<NamedTable>, format: TailFormat): Promise<void> {
  const { name } = event.table;
  switch (event.kind) {
    case 'newest':
      await printBlock(name, event.block, format);
      return;
    case 'commit':
      await printBlock(name, event.block, format);
      if (event.block.leftOut > 0) {
        printMessage(`… and ${formatCount(event.block.leftOut)} more of version ${event.block.version} of ${name}`);
      }
      return;
    case 'gap':
      printMessage(
        `(${name}: the log has no entry after version ${event.afterVersion}; what came up to ${event.toVersion} is not shown)`,
      );
      return;
    case 'passedOver':
      printMessage(`(${name} is not shown: ${event.reason.split('\n', 1)[0] ?? ''})`);
      return;
  }
}

async function printBlock(name: string, block: TailBlock, format: TailFormat): Promise<void> {
  if (format.json) {
    await writeData(jsonLines(name, block, format).join(''));
    return;
  }
  if (format.namesTables) await writeLine(`${dataColors.bold(name)}  version ${block.version}  ${countsText(block)}`);
  const { columns, rows, hidden } = columnsThatFit(
    block.changes ? [{ title: '' }, ...tableColumns(block)] : tableColumns(block),
    block.rows.map((row, index) => [...(block.changes ? [marks[changeAt(block, index)]] : []), ...row.map(cellText)]),
    outputWidth(),
  );
  await writeLine(renderTable(columns, rows));
  if (hidden > 0) printMessage(`(${hidden} more ${hidden === 1 ? 'column' : 'columns'}: --json shows all)`);
  if (!format.namesTables) printMessage(`(version ${block.version}, ${countsText(block)})`);
}

const marks: Readonly<Record<RowChange, string>> = { insert: 'new', update: 'updated', delete: 'gone' };

function changeAt({ changes }: TailBlock, index: number): RowChange {
  return changes?.[index] ?? 'insert';
}

/** `3 rows`, `5 rows: 2 new, 3 updated`; of those that are shown. */
function countsText(block: TailBlock): string {
  const { rows, changes } = block;
  const total = `${formatCount(rows.length)} ${rows.length === 1 ? 'row' : 'rows'}`;
  if (!changes) return total;
  const counts = (['insert', 'update', 'delete'] as const).flatMap((change) => {
    const count = changes.filter((each) => each === change).length;
    return count === 0 ? [] : [`${formatCount(count)} ${marks[change]}`];
  });
  return `${total}: ${counts.join(', ')}`;
}

/** Of a single table lines are its rows, as they are now. */
function jsonLines(table: string, block: TailBlock, { namesTables }: TailFormat): string[] {
  const { version } = block;
  return block.rows.flatMap((values, index) => {
    const change = changeAt(block, index);
    const row = Object.fromEntries(block.columns.map(({ name }, at) => [name, values[at]]));
    if (namesTables) return [`${toJson({ table, version, change, row })}\n`];
    return change === 'delete' ? [] : [`${toJson(row)}\n`];
  });
}
