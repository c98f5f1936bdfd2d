import type { LaneProgress } from '../../model/requests/job-progress.ts';
import { renderTable } from './table.ts';
import { formatBytes, formatCount, formatInstant } from './units.ts';

const right = { align: 'right' } as const;

/** Outputs as people see them, one per line, below the lanes; nothing where there are none. */
export function renderOutputs(lanes: readonly LaneProgress[]): readonly string[] {
  const cells = lanes.flatMap(({ topic, totals, lastBatch }) =>
    Object.entries(totals.outputs ?? {}).map(([name, total]) => {
      const last = lastBatch?.outputs?.find((output) => output.name === name);
      const leftOut = total.nullEventTime + total.nullKey;
      return [
        lanes.length === 1 ? '' : topic,
        name,
        formatCount(total.rows),
        formatCount(total.late),
        total.aheadOfTime === undefined ? '' : formatCount(total.aheadOfTime),
        leftOut === 0 ? '' : formatCount(leftOut),
        last ? formatCount(last.open) : '',
        last ? formatBytes(last.stateBytes) : '',
        last?.closedThrough === undefined ? '' : formatInstant(Date.parse(last.closedThrough)),
        last ? String(last.version) : '',
      ];
    }),
  );
  if (cells.length === 0) return [];
  const columns = [
    { title: 'topic', optional: true, cutFirst: true },
    { title: 'output' },
    { title: 'rows', ...right },
    { title: 'late', ...right },
    { title: 'ahead', ...right, optional: true },
    { title: 'no time/key', ...right, optional: true },
    { title: 'open', ...right },
    { title: 'state', ...right },
    { title: 'closed through', optional: true },
    { title: 'version', ...right },
  ];
  return ['', renderTable(columns, cells)];
}
