import { setTimeout as sleep } from 'node:timers/promises';

/** A signal that fires on the first Ctrl-C; the second one ends the process as usual. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort(new Error('interrupted')));
  return controller.signal;
}

/** A pause that says whether to go on: `false` as soon as Ctrl-C is pressed. */
export function waitUnlessInterrupted(intervalMs: number): () => Promise<boolean> {
  const signal = interruptSignal();
  return async () => {
    await sleep(intervalMs, undefined, { signal }).catch(() => undefined);
    return !signal.aborted;
  };
}
