import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alertMeasures, comparisons, type AlertMeasure } from '../../../../src/model/job/alert.ts';
import { parseAlertCondition } from '../../../../src/spec/yaml/alert-condition.ts';
import { formatDuration } from '../../../../src/spec/yaml/durations.ts';

test.each([
  ['batchDuration > 60 seconds', { measure: 'batchDuration', comparison: '>', threshold: 60_000 }],
  ['batchDuration>60s', { measure: 'batchDuration', comparison: '>', threshold: 60_000, text: 'batchDuration > 60s' }],
  ['deadLetterRatio > 1%', { measure: 'deadLetterRatio', comparison: '>', threshold: 0.01 }],
  ['deadLetterRatio >= 0.29 %', { threshold: 0.0029 }],
  ['deadLetterRatio > 0.01', { threshold: 0.01 }],
  ['  rowsPerSecond  <  0.5 ', { comparison: '<', threshold: 0.5, text: 'rowsPerSecond < 0.5' }],
  ['lag <= 1000000', { comparison: '<=', threshold: 1_000_000 }],
  ['laneFailed', { measure: 'laneFailed', comparison: '>=', threshold: 1, text: 'laneFailed' }],
])('%s is a condition', (text, condition) => {
  expect(parseAlertCondition(text)).toMatchObject({ ok: true, value: condition });
});

test.each([
  ['', 'a condition that begins with one of batchDuration, '],
  ['batchDuraton > 1 minute', 'did you mean batchDuration?'],
  ['5 < lag', 'a condition that begins with'],
  ['lag', 'lag, then one of >=, <=, >, <, then a number; such as lag > 1000'],
  ['lag = 5', 'then one of'],
  ['lag > 5 records', 'a number after >'],
  ['lag > -1', 'a number after >'],
  ['batchDuration > 60000', 'a duration with its unit after >, such as batchDuration > 1 minute'],
  ['deadLetterRatio > 2', 'a share in per cent or between 0 and 1 after >'],
  ['deadLetterRatio > 101%', 'a share in per cent'],
  ['laneFailed > 1', 'laneFailed alone'],
  ['lag > 5 and lagTime > 1 minute', 'a number after >'],
])('%s is none, and the message says why', (text, message) => {
  expect(parseAlertCondition(text)).toMatchObject({ ok: false, expected: expect.stringContaining(message) as string });
});

test('what is written is read again, whatever the spaces', () => {
  const space = fc.constantFrom('', ' ', '  ');
  const measures = fc.constantFrom(...(Object.keys(alertMeasures) as AlertMeasure[]));
  const conditions = fc.tuple(measures, fc.constantFrom(...comparisons), fc.nat({ max: 100 }), space, space);
  fc.assert(
    fc.property(conditions, ([measure, comparison, value, before, after]) => {
      const { unit } = alertMeasures[measure];
      fc.pre(unit !== 'flag');
      const written = { duration: formatDuration(value), share: `${String(value)}%`, count: String(value) }[unit];
      const threshold = unit === 'share' ? value / 100 : value;
      const text = `${measure} ${comparison} ${written}`;
      expect(parseAlertCondition(`${before}${measure}${before}${comparison}${after}${written}${after}`)).toEqual({
        ok: true,
        value: { measure, comparison, threshold, text },
      });
    }),
  );
});

test('no text throws', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseAlertCondition(text)));
});
