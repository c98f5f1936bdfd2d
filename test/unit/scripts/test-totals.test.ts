import { expect, test } from 'vitest';
import { stageLine, testTotals, totalsLine } from '../../../scripts/test-totals.ts';

test('the last line has the totals of the report', () => {
  const totals = testTotals(report(123, 0, []), 0);
  expect(totalsLine(totals)).toBe('123 passed, 0 failed');
  expect(totals.succeeded).toBe(true);
});

test('failed tests are counted, and fail the run', () => {
  const totals = testTotals(report(5, 2, [{ status: 'failed', assertionResults: [1, 2] }]), 1);
  expect(totalsLine(totals)).toBe('5 passed, 2 failed');
  expect(totals.succeeded).toBe(false);
});

test('a test file that could not be loaded counts as a failure', () => {
  const totals = testTotals(report(5, 0, [{ status: 'failed', assertionResults: [] }]), 1);
  expect(totalsLine(totals)).toBe('5 passed, 1 failed');
});

test('a run that failed outside of tests fails, and one without a report too', () => {
  expect(testTotals(report(5, 0, []), 1).succeeded).toBe(false);
  expect(testTotals(undefined, 0)).toEqual({ passed: 0, failed: 1, succeeded: false });
  expect(testTotals('{}', 0).succeeded).toBe(false);
});

test('a stage is one line with result, name and seconds', () => {
  expect(stageLine('lint', 12_345, true)).toMatch(/^ok {5}lint +12\.3 s$/);
  expect(stageLine('lint', 800, false)).toMatch(/^FAILED lint +0\.8 s$/);
});

function report(
  numPassedTests: number,
  numFailedTests: number,
  testResults: { readonly status: string; readonly assertionResults: readonly unknown[] }[],
): string {
  return JSON.stringify({ numPassedTests, numFailedTests, testResults });
}
