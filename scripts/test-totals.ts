/** What vitest's JSON report says, in the two numbers that the last line of `npm test` shows. */
export interface TestTotals {
  readonly passed: number;
  readonly failed: number;
  readonly succeeded: boolean;
}

/**
 * Totals of a report. A test file that could not be loaded has no tests to count, so it counts as one failure; a run
 * that left no report (vitest itself crashed) too.
 */
export function testTotals(report: string | undefined, exitCode: number): TestTotals {
  const parsed: unknown = report === undefined ? undefined : JSON.parse(report);
  if (!isReport(parsed)) return { passed: 0, failed: 1, succeeded: false };
  const filesWithoutTests = parsed.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  const failed = parsed.numFailedTests + filesWithoutTests;
  return { passed: parsed.numPassedTests, failed, succeeded: exitCode === 0 && failed === 0 };
}

export function totalsLine(totals: TestTotals): string {
  return `${totals.passed} passed, ${totals.failed} failed`;
}

/** One aligned line for a stage: result, name, seconds. */
export function stageLine(name: string, durationMs: number, succeeded: boolean): string {
  return `${succeeded ? 'ok    ' : 'FAILED'} ${name.padEnd(32)} ${(durationMs / 1000).toFixed(1).padStart(6)} s`;
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

function isReport(value: unknown): value is VitestReport {
  return typeof value === 'object' && value !== null && 'numPassedTests' in value && 'testResults' in value;
}
