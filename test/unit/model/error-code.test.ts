import { expect, test } from 'vitest';
import { countSuspectFailures, isRetryable, maxSuspectFailures } from '../../../src/model/error-code.ts';

test.each(['TABLE_CORRUPT', 'ENGINE_CRASHED', 'INTERNAL'] as const)(
  '%s is tried again until it has come so often in a row, and an outage ends the row',
  (code) => {
    let failures = 0;
    const attempts = Array.from({ length: maxSuspectFailures }, () => {
      failures = countSuspectFailures(code, failures);
      return isRetryable(code, failures);
    });
    expect(attempts).toEqual([true, true, true, true, false]);
    expect(countSuspectFailures('STORAGE_UNAVAILABLE', failures)).toBe(0);
  },
);
