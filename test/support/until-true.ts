import { setTimeout as delay } from 'node:timers/promises';

/** Far more than anything takes on a machine that does nothing else. */
const timeoutMs = 180_000;

/** Looks again until the condition holds. */
export async function untilTrue(condition: () => Promise<boolean>, intervalMs = 5): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the condition did not come true in time');
    await delay(intervalMs);
  }
}
