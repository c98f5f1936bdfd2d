import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AlertSpec, AlertState } from '../../../../src/model/job/alert.ts';
import { evaluateAlerts } from '../../../../src/observe/alerts/evaluate-alerts.ts';

function lagAlert(more: Partial<AlertSpec> = {}): AlertSpec {
  const when = { measure: 'lag', comparison: '>', threshold: 10, text: 'lag > 10' } as const;
  return { name: 'Lag', when, level: 'error', forMs: 0, cooldownMs: 0, notify: [], ...more };
}

/** What changes at each look, a second apart; `undefined` where the lag is not known. */
function changesOf(alert: AlertSpec, lags: readonly (number | undefined)[]): readonly string[] {
  let states: readonly AlertState[] = [];
  return lags.map((lag, second) => {
    const readings = lag === undefined ? {} : { lag };
    const evaluation = evaluateAlerts([alert], { topic: 'gps', readings, nowMs: second * 1000 }, states);
    states = evaluation.states;
    return evaluation.changes.map(({ kind, sinceMs }) => `${kind} since ${String(sinceMs / 1000)}`).join(', ');
  });
}

test('an alert fires once when its condition begins to hold, and resolves once when it ends', () => {
  expect(changesOf(lagAlert(), [0, 11, 12, 99, 10, 0, 11])).toEqual([
    ...['', 'firing since 1', '', '', 'resolved since 1', '', 'firing since 6'],
  ]);
});

test('with `for` it fires once the condition has held for so long', () => {
  expect(changesOf(lagAlert({ forMs: 2000 }), [11, 11, 0, 11, 11, 11, 11, 0])).toEqual([
    ...['', '', '', '', '', 'firing since 3', '', 'resolved since 3'],
  ]);
});

test('with `cooldown` it does not fire again for so long after it has resolved', () => {
  expect(changesOf(lagAlert({ cooldownMs: 3000 }), [11, 0, 11, 0, 11, 11, 0])).toEqual([
    ...['firing since 0', 'resolved since 0', '', '', 'firing since 4', '', 'resolved since 4'],
  ]);
});

test('what is not known changes nothing', () => {
  expect(changesOf(lagAlert(), [undefined, 11, undefined, 11, undefined, 0, undefined])).toEqual([
    ...['', 'firing since 1', '', '', '', 'resolved since 1', ''],
  ]);
});

test('alerts and lanes stand by themselves', () => {
  const alerts = [lagAlert(), lagAlert({ name: 'Other', when: { ...lagAlert().when, threshold: 50 } })];
  const gps = evaluateAlerts(alerts, { topic: 'gps', readings: { lag: 20 }, nowMs: 0 }, []);
  expect(gps.states).toEqual([{ alert: 'Lag', topic: 'gps', kind: 'firing', sinceMs: 0 }]);
  const trips = evaluateAlerts(alerts, { topic: 'trips', readings: { lag: 60 }, nowMs: 0 }, gps.states);
  expect(trips.changes.map(({ alert }) => alert.name)).toEqual(['Lag', 'Other']);
});

test('whatever is read, firing and resolved take turns, and what fires agrees with the last reading', () => {
  const durations = fc.integer({ min: 0, max: 4 }).map((seconds) => seconds * 1000);
  const lags = fc.array(fc.option(fc.constantFrom(0, 10, 11, 20), { nil: undefined }), { maxLength: 40 });
  fc.assert(
    fc.property(durations, durations, lags, (forMs, cooldownMs, readings) => {
      const alert = lagAlert({ forMs, cooldownMs });
      const changes = changesOf(alert, readings).flatMap((change) => (change === '' ? [] : [change.split(' ')[0]]));
      changes.forEach((kind, index) => expect(kind).toBe(index % 2 === 0 ? 'firing' : 'resolved'));
      const last = readings.findLast((lag) => lag !== undefined) ?? 0;
      // One that fires is never quiet about an end; it may wait to begin.
      if (last <= 10) expect(changes.length % 2).toBe(0);
      if (last > 10 && forMs === 0 && cooldownMs === 0) expect(changes.length % 2).toBe(1);
    }),
  );
});
