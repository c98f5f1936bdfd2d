import { setTimeout as delay } from 'node:timers/promises';

/** Looks again until the condition holds, for far longer than most things take on a machine that does nothing else. */
export async function untilTrue(condition: () => Promise<boolean>, intervalMs = 5, timeoutMs = 180_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the condition did not come true in time');
    await delay(intervalMs);
  }
}
