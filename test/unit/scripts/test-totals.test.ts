import { expect, test } from 'vitest';
import { flakyLines, stageLine, testTotals, totalsLine } from '../../../scripts/test-totals.ts';

test('the last line has the totals of the report', () => {
  const totals = testTotals(report(123, 0, []), 0);
  expect(totalsLine(totals)).toBe('123 passed, 0 failed');
  expect(totals.succeeded).toBe(true);
});

test('failed tests are counted, and fail the run', () => {
  const totals = testTotals(report(5, 2, [{ status: 'failed', assertionResults: [failed, failed] }]), 1);
  expect(totalsLine(totals)).toBe('5 passed, 2 failed');
  expect(totals.succeeded).toBe(false);
});

test('a test file that could not be loaded counts as a failure', () => {
  const totals = testTotals(report(5, 0, [{ status: 'failed', assertionResults: [] }]), 1);
  expect(totalsLine(totals)).toBe('5 passed, 1 failed');
});

test('a run that failed outside of tests fails, and one without a report too', () => {
  expect(testTotals(report(5, 0, []), 1).succeeded).toBe(false);
  expect(testTotals(undefined, 0)).toEqual({ passed: 0, failed: 1, flaky: [], succeeded: false });
  expect(testTotals('{}', 0).succeeded).toBe(false);
});

test('a test that passed only when it was run again is named with its first failure', () => {
  const passed = { status: 'passed', fullName: 'calm', failureMessages: [] };
  const flaky = {
    status: 'passed',
    fullName: 'a lane opens',
    failureMessages: ['expected 1 to be 2\n    at lane.ts:3'],
  };
  const totals = testTotals(report(2, 0, [{ status: 'passed', assertionResults: [passed, flaky] }]), 0);
  expect(totals.succeeded).toBe(true);
  expect(totals.flaky.map(flakyLines)).toEqual([
    'FLAKY  a lane opens: passed only when it was run again\n         expected 1 to be 2\n         at lane.ts:3',
  ]);
});

test('a stage is one line with result, name and seconds', () => {
  expect(stageLine('lint', 12_345, true)).toMatch(/^ok {5}lint +12\.3 s$/);
  expect(stageLine('lint', 800, false)).toMatch(/^FAILED lint +0\.8 s$/);
});

const failed = { status: 'failed', fullName: 'broken', failureMessages: ['expected 1 to be 2'] };

function report(
  numPassedTests: number,
  numFailedTests: number,
  testResults: { readonly status: string; readonly assertionResults: readonly unknown[] }[],
): string {
  return JSON.stringify({ numPassedTests, numFailedTests, testResults });
}
