import { setTimeout as sleep } from 'node:timers/promises';

let interrupted = false;

/** Whatever a command failed with after Ctrl-C, it failed because of that. */
export function wasInterrupted(): boolean {
  return interrupted;
}

/** A signal that fires on the first Ctrl-C; the second one ends the process as usual. */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  process.once('SIGINT', () => {
    interrupted = true;
    controller.abort(new Error('interrupted'));
  });
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
