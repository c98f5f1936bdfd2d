import { dropCount, recordDropReasons, type Drops } from '../../model/batch/batch.ts';
import type { LaneProgress } from '../../model/requests/job-progress.ts';
import { renderTable } from './table.ts';
import { formatCount } from './units.ts';

/** How a lane is named, and which rate is shown for it. */
export interface LaneTableOptions {
  readonly title: string;
  readonly name: (lane: LaneProgress) => string;
  /** Rows per second; `undefined` leaves the cell empty. */
  readonly rowsPerSecond: (lane: LaneProgress) => number | undefined;
}

const right = { align: 'right' } as const;

/** Lanes as people see them, one per line; with their drops where there are any. */
export function renderLanes(lanes: readonly LaneProgress[], options: LaneTableOptions): string {
  const columns = [
    { title: options.title },
    { title: 'state' },
    { title: 'batches', ...right },
    { title: 'rows', ...right },
    { title: 'rows/s', ...right },
    { title: 'lag', ...right },
    { title: 'dead letters', ...right },
    { title: 'drops', ...right, optional: true },
    { title: 'version', ...right },
  ];
  const cells = lanes.map((lane) => {
    const { totals, lastBatch } = lane;
    const rate = options.rowsPerSecond(lane);
    return [
      options.name(lane),
      lane.state,
      formatCount(totals.batches),
      formatCount(totals.rows),
      rate === undefined ? '' : formatCount(Math.round(rate)),
      formatCount(BigInt(lane.lagOffsets)),
      formatCount(totals.deadLetters),
      describeDrops(totals.drops),
      lastBatch ? String(lastBatch.version) : '',
    ];
  });
  return renderTable(columns, cells);
}

/** Records that steps dropped; offsets that hold no record are not among them. */
export function droppedRecords(drops: Drops): number {
  return recordDropReasons.reduce((sum, reason) => sum + dropCount(drops, reason), 0);
}

/** Their number; empty where there are none. */
export function describeDrops(drops: Drops): string {
  const records = droppedRecords(drops);
  return records === 0 ? '' : formatCount(records);
}

/** A line for each lane that a defect has stopped. */
export function describeFailures(lanes: readonly LaneProgress[]): readonly string[] {
  return lanes.flatMap(({ topic, error }) => (error ? [`${topic} stopped: [${error.code}] ${error.message}`] : []));
}
