import { renderTable } from '../../src/cli/output/table.ts';
import { formatBytes, formatCount, formatDuration } from '../../src/cli/output/units.ts';
import type { StateBatch } from '../measurement.ts';

/** The micro-batches of a side, with what each did to the state of windows. */
export function formatState(side: string, batches: readonly StateBatch[]): string {
  const titles = ['records', 'open windows', 'took', 'written for state'];
  return renderTable(
    [{ title: side }, ...titles.map((title) => ({ title, align: 'right' }) as const)],
    batches.map(({ records, open, milliseconds, stateBytes }, index) => [
      `batch ${index}`,
      formatCount(records),
      formatCount(open),
      formatDuration(milliseconds),
      formatBytes(stateBytes),
    ]),
  );
}
