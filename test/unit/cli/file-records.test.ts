import { expect, test } from 'vitest';
import { recordOfLine } from '../../../src/cli/file-records.ts';

test('lines are values as they are, whatever they hold', () => {
  expect(recordOfLine('{"value": 1, ', 'values')).toEqual({ value: Buffer.from('{"value": 1, ') });
});

test('records are written as in tests of jobs', () => {
  const line = {
    value: { order_id: 'o1' },
    key: 'o1',
    headers: { source: 'web', trace: [{ hex: '00ff' }, 'b'], none: null },
    timestamp: '2026-01-27T10:00:00Z',
    partition: 2,
  };
  expect(recordOfLine(JSON.stringify(line), 'records')).toEqual({
    value: Buffer.from('{"order_id":"o1"}'),
    key: Buffer.from('o1'),
    headers: { source: [Buffer.from('web')], trace: [Buffer.of(0, 255), Buffer.from('b')], none: [Buffer.alloc(0)] },
    timestamp: '1769508000000',
    partition: 2,
  });
  expect(recordOfLine('{"value":null}', 'records')).toEqual({ value: null, key: null, headers: {} });
});

test('dead letters become the records that they were', () => {
  const [key, value] = ['k', 'no JSON'].map((text) => Buffer.from(text).toString('base64'));
  const letter = {
    topic: 'a',
    partition: 3,
    offset: 9,
    key,
    value,
    headers: [{ key, value }],
    error_code: 'INVALID_JSON',
  };
  expect(recordOfLine(JSON.stringify(letter), 'deadLetters')).toEqual({
    key: Buffer.from('k'),
    value: Buffer.from('no JSON'),
    headers: { k: [Buffer.from('no JSON')] },
  });
});

test('a dead letter whose value was taken out does not become a tombstone', () => {
  const letter = { key: null, value: null, headers: null };
  const line = (code: string): string => JSON.stringify({ ...letter, error_code: code });
  expect(() => recordOfLine(line('INVALID_JSON'), 'deadLetters')).toThrow(/does not hold the value/);
  expect(recordOfLine(line('TOMBSTONE'), 'deadLetters')).toMatchObject({ value: null });
});

test.each([
  ['records', '[1]', /expected a JSON object/],
  ['records', '{"key":"a"}', /^value: expected a text/],
  ['records', '{"value":"a","offset":1}', /^offset: expected no more than/],
  ['records', '{"value":"a","partition":-1}', /^partition: /],
  ['records', '{"value":"a","timestamp":"soon"}', /^timestamp: /],
  ['deadLetters', '{"value":"a"}', /bronze dlq show --json/],
  ['deadLetters', '{"value":"?","error_code":"X"}', /^value: expected base64/],
] as const)('a line of %s that is %s is refused', (form, line, message) => {
  expect(() => recordOfLine(line, form)).toThrow(message);
});
