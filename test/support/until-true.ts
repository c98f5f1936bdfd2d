import { setTimeout as delay } from 'node:timers/promises';

/** Looks again until the condition holds; fails after a minute unless it may take longer. */
export async function untilTrue(condition: () => Promise<boolean>, intervalMs = 5, timeoutMs = 60_000): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the condition did not come true in time');
    await delay(intervalMs);
  }
}
