import type { MaintainedTable } from '../src/model/requests/maintenance-requests.ts';
import { count, oneLine, size } from './figures.ts';
import type { LaneError } from './find-failure.ts';
import { markdownTable } from './markdown-table.ts';

/** A round of maintenance, table by table. */
export function maintenanceDetails(
  task: string,
  done: readonly MaintainedTable[],
  failures: readonly ({ readonly table: string } & LaneError)[],
): string {
  return [
    `**${task}**: ${count(done.length)} tables done, ${count(failures.length)} failed`,
    ...markdownTable(
      [{ title: 'table' }, { title: 'what came of it' }],
      [
        ...done.map((table) => [table.table, describeMaintained(table)]),
        ...failures.map(({ table, code, message }) => [table, `${code} ${oneLine(message)}`]),
      ],
    ),
  ].join('\n');
}

function describeMaintained(table: MaintainedTable): string {
  switch (table.kind) {
    case 'absent':
      return 'not there yet';
    case 'optimized': {
      const lost = table.lostBins === 0 ? '' : `; ${count(table.lostBins)} groups were changed by others meanwhile`;
      return `joined ${count(table.removedFiles)} files into ${count(table.addedFiles)}${lost}`;
    }
    case 'vacuumed':
      return `deleted ${count(table.deletedFiles)} files (${size(table.deletedBytes)})`;
    case 'cleanedUp': {
      const deleted = `deleted ${count(table.deletedFiles)} files of the log (${size(table.deletedBytes)})`;
      const begins = table.firstVersion === undefined ? '' : `; it begins with version ${count(table.firstVersion)}`;
      return `${deleted}${begins}${describeCheckpoint(table)}`;
    }
    case 'logKept':
      return `the log stays, as the table's properties say${describeCheckpoint(table)}`;
  }
}

function describeCheckpoint({ checkpoint }: { readonly checkpoint?: number }): string {
  return checkpoint === undefined ? '' : `; wrote a checkpoint of version ${count(checkpoint)}`;
}
