import { expect, test } from 'vitest';
import { addRuleFailures, listRuleFailures } from '../../../../src/model/batch/rule-failures.ts';

test('failures of shares are added rule by rule, also of rules named like parts of JavaScript', () => {
  const left = { drop: { a: 1 }, flag: { a: 2, ['__proto__']: 1 } };
  const sum = addRuleFailures(left, { flag: { a: 3, ['__proto__']: 4, constructor: 1 }, reject: { b: 1 } });
  expect(listRuleFailures(sum)).toEqual([
    { rule: 'b', action: 'reject', records: 1 },
    { rule: 'a', action: 'flag', records: 5 },
    { rule: '__proto__', action: 'flag', records: 5 },
    { rule: 'constructor', action: 'flag', records: 1 },
    { rule: 'a', action: 'drop', records: 1 },
  ]);
});

test('no failures are no entries', () => {
  expect(addRuleFailures({}, {})).toEqual({});
});
