import {
  alertMeasures,
  comparisons,
  type AlertCondition,
  type AlertMeasure,
  type MeasureUnit,
} from '../../model/job/alert.ts';
import type { Parsed } from '../../model/batch/offset-position.ts';
import { parseDuration } from './durations.ts';
import { expectedOneOf } from './yaml-leaves.ts';

const measures = Object.keys(alertMeasures);

const examples: Readonly<Record<MeasureUnit, string>> = {
  duration: '> 1 minute',
  share: '> 1%',
  count: '> 1000',
  flag: '',
};

/** `batchDuration > 1 minute`, `deadLetterRatio > 1%`, `lag >= 100000`, `laneFailed`: a measure, and what it is held against. */
export function parseAlertCondition(text: string): Parsed<AlertCondition> {
  const [, name = '', rest = ''] = /^\s*([A-Za-z_]*)\s*(.*?)\s*$/s.exec(text) ?? [];
  if (!isMeasure(name)) return { ok: false, expected: `a condition that begins with ${expectedOneOf(measures, name)}` };
  const { unit } = alertMeasures[name];
  const example = `${name} ${examples[unit]}`.trimEnd();
  if (unit === 'flag') {
    return rest === ''
      ? { ok: true, value: { measure: name, comparison: '>=', threshold: 1, text: name } }
      : { ok: false, expected: `${example} alone: it holds or it does not` };
  }
  const comparison = comparisons.find((candidate) => rest.startsWith(candidate));
  if (comparison === undefined) {
    return {
      ok: false,
      expected: `${name}, then one of ${comparisons.join(', ')}, then ${valueOf[unit]}; such as ${example}`,
    };
  }
  const value = rest.slice(comparison.length).trim();
  const threshold = parsers[unit](value);
  if (threshold === undefined)
    return { ok: false, expected: `${valueOf[unit]} after ${comparison}, such as ${example}` };
  return { ok: true, value: { measure: name, comparison, threshold, text: `${name} ${comparison} ${value}` } };
}

const valueOf: Readonly<Record<Exclude<MeasureUnit, 'flag'>, string>> = {
  duration: 'a duration with its unit',
  share: 'a share in per cent or between 0 and 1',
  count: 'a number',
};

const parsers: Readonly<Record<Exclude<MeasureUnit, 'flag'>, (text: string) => number | undefined>> = {
  duration: (text) => {
    const parsed = parseDuration(text);
    return parsed.ok ? parsed.value : undefined;
  },
  share: (text) => {
    const [, digits = '', percent = ''] = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text) ?? [];
    const share = percent === '' ? Number(digits) : Number((Number(digits) / 100).toPrecision(15));
    return digits !== '' && share <= 1 ? share : undefined;
  },
  count: (text) => (/^\d+(?:\.\d+)?$/.test(text) ? Number(text) : undefined),
};

function isMeasure(name: string): name is AlertMeasure {
  return Object.hasOwn(alertMeasures, name);
}
