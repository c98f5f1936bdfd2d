import { afterEach, expect, test, vi } from 'vitest';
import { printError } from '../../../../src/cli/output/print-error.ts';
import { BronzeError } from '../../../../src/errors.ts';

afterEach(() => vi.restoreAllMocks());

function printed(error: unknown): string {
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  printError(error, false);
  return write.mock.calls.map(([text]) => String(text)).join('');
}

test('where Kafka does not answer, the message says what to do', () => {
  const text = printed(new BronzeError('KAFKA_UNAVAILABLE', 'describe topics: connect ECONNREFUSED'));
  expect(text).toMatch(/error \[KAFKA_UNAVAILABLE\] describe topics: connect ECONNREFUSED\n.*bronze stack up/);
});

test('other errors stand for themselves', () => {
  expect(printed(new BronzeError('USAGE', 'no'))).toBe('error [USAGE] no\n');
});
