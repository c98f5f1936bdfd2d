import { setTimeout as delay } from 'node:timers/promises';

/** Looks again until the condition holds; fails after a minute. */
export async function untilTrue(condition: () => Promise<boolean>, intervalMs = 5): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('the condition did not come true within a minute');
    await delay(intervalMs);
  }
}
