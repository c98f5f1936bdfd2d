import { setTimeout as delay } from 'node:timers/promises';

/** Asks again every `intervalMs` until the condition holds; false when `timeoutMs` have passed before that. */
export async function waitUntil(
  condition: () => Promise<boolean> | boolean,
  { timeoutMs, intervalMs = 50 }: { readonly timeoutMs: number; readonly intervalMs?: number },
): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() >= deadlineMs) return false;
    await delay(intervalMs);
  }
  return true;
}
