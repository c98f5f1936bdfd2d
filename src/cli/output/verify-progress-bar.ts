import type { VerifyProgress } from '../../verify/verify-job.ts';
import { progressBar } from './progress-bar.ts';
import { formatCount } from './units.ts';

/** A bar on stderr while Kafka is read, and then while outputs are compared. */
export function verifyProgressBar(): { readonly show: (progress: VerifyProgress) => void; readonly clear: () => void } {
  const bar = progressBar();
  const startedAtMs = performance.now();
  return {
    show: ({ topic, output, doneOffsets, plannedOffsets, records }) => {
      if (plannedOffsets === 0n) return;
      bar.show(Number(doneOffsets) / Number(plannedOffsets), () => {
        const perSecond = Math.round(records / ((performance.now() - startedAtMs) / 1000));
        return output === undefined
          ? `${formatCount(records)} records, ${formatCount(perSecond)}/s  ${topic}`
          : `${topic}, output ${output}`;
      });
    },
    clear: bar.clear,
  };
}
