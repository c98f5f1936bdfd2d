import type { VerifyProgress } from '../../verify/verify-job.ts';
import { formatCount } from './units.ts';

const barWidth = 30;
const redrawMs = 100;

/** A bar on stderr while Kafka is read; nothing where stderr is no terminal. */
export function verifyProgressBar(): { readonly show: (progress: VerifyProgress) => void; readonly clear: () => void } {
  if (!process.stderr.isTTY) return { show: () => undefined, clear: () => undefined };
  const startedAtMs = performance.now();
  let drawnAtMs = 0;
  return {
    show: ({ topic, doneOffsets, plannedOffsets, records }) => {
      const nowMs = performance.now();
      if (nowMs - drawnAtMs < redrawMs || plannedOffsets === 0n) return;
      drawnAtMs = nowMs;
      const share = Math.min(1, Number(doneOffsets) / Number(plannedOffsets));
      const full = Math.round(share * barWidth);
      const perSecond = Math.round(records / ((nowMs - startedAtMs) / 1000));
      const bar = '█'.repeat(full) + '░'.repeat(barWidth - full);
      process.stderr.write(
        `\r\u001b[K${bar} ${Math.floor(share * 100)} %  ${formatCount(records)} records, ${formatCount(perSecond)}/s  ${topic}`,
      );
    },
    clear: () => {
      if (drawnAtMs > 0) process.stderr.write('\r\u001b[K');
    },
  };
}
