const barWidth = 30;
const redrawMs = 100;

export interface ProgressBar {
  /** `share` from 0 to 1; the text is made only when the bar is drawn. */
  readonly show: (share: number, text: () => string) => void;
  readonly clear: () => void;
}

/** A bar on stderr; nothing where stderr is no terminal. */
export function progressBar(): ProgressBar {
  if (!process.stderr.isTTY) return { show: () => undefined, clear: () => undefined };
  let drawnAtMs = 0;
  return {
    show: (share, text) => {
      const nowMs = performance.now();
      if (nowMs - drawnAtMs < redrawMs) return;
      drawnAtMs = nowMs;
      const full = Math.round(Math.min(1, share) * barWidth);
      const bar = '█'.repeat(full) + '░'.repeat(barWidth - full);
      process.stderr.write(`\r\u001b[K${bar} ${Math.floor(Math.min(1, share) * 100)} %  ${text()}`);
    },
    clear: () => {
      if (drawnAtMs > 0) process.stderr.write('\r\u001b[K');
    },
  };
}
