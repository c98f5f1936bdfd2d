import type { SampleProgress } from '../../samples/producer.ts';
import { printJson } from './json.ts';
import { printMessage } from './messages.ts';
import { formatBytes, formatCount, formatDuration } from './units.ts';

const redrawEveryMs = 100;

export interface ProduceProgress {
  readonly update: (soFar: SampleProgress) => void;
  /** Prints the totals; `undefined` where it failed, and somebody else prints the error. */
  readonly end: (total: SampleProgress | undefined, asJson: boolean) => Promise<void>;
}

/** One line on stderr that is redrawn, on a terminal only; the totals at the end. */
export function showProgress(expectedRecords: number | undefined): ProduceProgress {
  const startedAtMs = performance.now();
  const isTerminal = process.stderr.isTTY;
  let drawnAtMs = -Infinity;

  const rate = (records: number): string => {
    const seconds = (performance.now() - startedAtMs) / 1000;
    return `${formatCount(Math.round(records / Math.max(seconds, 0.001)))}/s`;
  };
  const clear = (): void => {
    if (isTerminal && drawnAtMs >= 0) process.stderr.write('\r\u001b[2K');
  };

  return {
    update({ records, bytes }) {
      if (!isTerminal || performance.now() - drawnAtMs < redrawEveryMs) return;
      clear();
      drawnAtMs = performance.now();
      const share = expectedRecords ? ` (${Math.floor((records / expectedRecords) * 100)} %)` : '';
      process.stderr.write(`${formatCount(records)} records${share}, ${formatBytes(bytes)}, ${rate(records)}`);
    },
    async end(total, asJson) {
      clear();
      if (!total) return;
      const durationMs = performance.now() - startedAtMs;
      if (asJson) {
        await printJson({ ...total, durationMs: Math.round(durationMs) });
        return;
      }
      if (total.createdTopics.length > 0) printMessage(`created ${total.createdTopics.join(', ')}`);
      for (const [topic, records] of Object.entries(total.byTopic)) {
        printMessage(`  ${formatCount(records).padStart(12)}  ${topic}`);
      }
      const broken = total.defects === 0 ? '' : ` (${formatCount(total.defects)} broken on purpose)`;
      printMessage(
        `${formatCount(total.records)} records${broken}, ` +
          `${formatBytes(total.bytes)} in ${formatDuration(durationMs)}, ${rate(total.records)}`,
      );
    },
  };
}
