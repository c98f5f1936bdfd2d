import { describe, expect, it } from 'vitest';
import { interpolate } from '../../../../src/spec/document/interpolate.ts';
import { formatPath } from '../../../../src/spec/document/document-path.ts';

const env = { BROKER: 'kafka:9092', EMPTY: '', DOLLAR: '${BROKER}' };

function fill(value: unknown, keeps: (path: string) => boolean = () => false): { value: unknown; problems: string[] } {
  const problems: string[] = [];
  const filled = interpolate(value, {
    env,
    keeps: (path) => keeps(formatPath(path)),
    report: (path, message) => problems.push(`${formatPath(path)}: ${message}`),
  });
  return { value: filled, problems };
}

describe('interpolate', () => {
  it.each([
    ['${BROKER}', 'kafka:9092'],
    ['a ${BROKER} b ${BROKER}', 'a kafka:9092 b kafka:9092'],
    ['${NOPE:-localhost:9092}', 'localhost:9092'],
    ['${EMPTY:-default}', 'default'],
    ['${EMPTY}', ''],
    ['${NOPE:-}', ''],
    ['${NOPE:-${BROKER}}', 'kafka:9092'],
    ['${NOPE:-${NOPE:-c}/d}', 'c/d'],
    ['${NOPE:-bronze_{topic}}', 'bronze_{topic}'],
    ['$${BROKER}', '${BROKER}'],
    ['costs $5 and $$', 'costs $5 and $'],
    [String.raw`^rideshare\..*$`, String.raw`^rideshare\..*$`],
    ['${DOLLAR}', '${BROKER}'],
  ])('fills in %j', (text, expected) => {
    expect(fill(text)).toEqual({ value: expected, problems: [] });
  });

  it('fills in texts at every depth and leaves keys, numbers and flags alone', () => {
    expect(fill({ '${BROKER}': ['${BROKER}', 5, true, null] }).value).toEqual({
      '${BROKER}': ['kafka:9092', 5, true, null],
    });
  });

  it.each([
    ['${NOPE}', 'the environment variable NOPE is not set; set it, or write ${NOPE:-default}'],
    ['${NOPE:-x', '`${NOPE:-x` has no closing brace; write $$ for a dollar sign'],
    ['${no pe}', '`${no pe}` is no reference; expected ${NAME} or ${NAME:-default}'],
    ['${}', '`${}` is no reference; expected ${NAME} or ${NAME:-default}'],
    ['${BROKER-x}', '`${BROKER-x}` is no reference; expected ${NAME} or ${NAME:-default}'],
  ])('says what is wrong with %j, and where', (text, message) => {
    expect(fill({ table: { paths: [text] } }).problems).toEqual([`table.paths[0]: ${message}`]);
  });

  it('keeps what it is told to keep', () => {
    const document = { password: '${NOPE}', user: '${BROKER}' };
    expect(fill(document, (path) => path === 'password')).toEqual({
      value: { password: '${NOPE}', user: 'kafka:9092' },
      problems: [],
    });
  });
});
