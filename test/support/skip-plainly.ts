import { test } from 'vitest';

/** A skipped test that bears the reason, which is printed as well: reporters tell only how many were skipped. */
export function skipPlainly(reason: string): void {
  process.stderr.write(`Skipped: ${reason}\n`);
  test.skip(reason);
}
