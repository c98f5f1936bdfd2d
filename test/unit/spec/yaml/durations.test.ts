import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../../../src/spec/yaml/durations.ts';
import { propertyRuns } from '../../../support/property/property-runs.ts';

describe('parseDuration', () => {
  it.each([
    ['10 seconds', 10_000],
    ['1 minute', 60_000],
    ['1 hour 30 minutes', 5_400_000],
    ['interval 5 Seconds', 5_000],
    ['500ms', 500],
    ['500 milliseconds', 500],
    ['10s', 10_000],
    ['5m', 300_000],
    ['2 hrs', 7_200_000],
    ['1.5 seconds', 1_500],
    ['0.29 seconds', 290],
    ['1 week 1 day', 691_200_000],
    ['PT10S', 10_000],
    ['pt1m30.5s', 90_500],
    ['P1DT1H', 90_000_000],
    [' 0 seconds ', 0],
  ])('reads %j as %d ms', (text, durationMs) => {
    expect(parseDuration(text)).toEqual({ ok: true, value: durationMs });
  });

  it.each([
    '10',
    '',
    'seconds',
    '10 parsecs',
    '-1 second',
    '1 month',
    'P1M',
    'PT',
    'P',
    '1.0005 seconds',
    '1e3 ms',
    '10 constructors',
  ])('refuses %j', (text) => {
    const expected = 'a duration such as 10 seconds, 1 minute, 1 hour 30 minutes, 500ms or PT10S';
    expect(parseDuration(text)).toEqual({ ok: false, expected });
  });

  it('reads back every duration that formatDuration writes', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (durationMs) => {
        expect(parseDuration(formatDuration(durationMs))).toEqual({ ok: true, value: durationMs });
      }),
      propertyRuns(100),
    );
  });
});

describe('formatDuration', () => {
  it.each([
    [60_000, '1 minute'],
    [90_000, '90 seconds'],
    [1, '1 millisecond'],
    [0, '0 milliseconds'],
    [1_209_600_000, '2 weeks'],
  ])('writes %d ms as %j', (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });
});
