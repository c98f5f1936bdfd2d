/** What vitest's JSON report says, in the two numbers that the last line of `npm test` shows. */
export interface TestTotals {
  readonly passed: number;
  readonly failed: number;
  /** Tests that failed, and passed when they were run again: each is a defect of the product or of the test. */
  readonly flaky: readonly FlakyTest[];
  readonly succeeded: boolean;
}

export interface FlakyTest {
  readonly name: string;
  /** Why it failed the first time. */
  readonly reason: string;
}

/**
 * Totals of a report. A test file that could not be loaded has no tests to count, so it counts as one failure; a run
 * that left no report (vitest itself crashed) too.
 */
export function testTotals(report: string | undefined, exitCode: number): TestTotals {
  const parsed: unknown = report === undefined ? undefined : JSON.parse(report);
  if (!isReport(parsed)) return { passed: 0, failed: 1, flaky: [], succeeded: false };
  const filesWithoutTests = parsed.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length;
  const failed = parsed.numFailedTests + filesWithoutTests;
  const flaky = parsed.testResults.flatMap(({ assertionResults }) =>
    assertionResults.flatMap(({ status, fullName, failureMessages: [reason] }) =>
      status === 'passed' && reason !== undefined ? [{ name: fullName, reason }] : [],
    ),
  );
  return { passed: parsed.numPassedTests, failed, flaky, succeeded: exitCode === 0 && failed === 0 };
}

export function totalsLine(totals: TestTotals): string {
  return `${totals.passed} passed, ${totals.failed} failed`;
}

/** One aligned line for a stage: result, name, seconds. */
export function stageLine(name: string, durationMs: number, succeeded: boolean): string {
  return `${succeeded ? 'ok    ' : 'FAILED'} ${name.padEnd(32)} ${(durationMs / 1000).toFixed(1).padStart(6)} s`;
}

/** A few lines: enough to find the place. */
export function flakyLines({ name, reason }: FlakyTest): string {
  const lines = reason.split('\n').slice(0, 4);
  return [`FLAKY  ${name}: passed only when it was run again`, ...lines.map((line) => `         ${line.trim()}`)].join(
    '\n',
  );
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

function isReport(value: unknown): value is VitestReport {
  return typeof value === 'object' && value !== null && 'numPassedTests' in value && 'testResults' in value;
}
