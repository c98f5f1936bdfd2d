import { expect, test } from 'vitest';
import type { JobSpec } from '../../../../src/model/job/job-spec.ts';
import { parseInlineJob } from '../../../../src/spec/parse-job.ts';

function parse(document: object, env = {}): JobSpec {
  return parseInlineJob({ name: 'job', source: { topics: ['gps'] }, ...document }, { env, workingFolder: '/app' });
}

const lag = { name: 'Lag', when: 'lag > 1000', level: 'error' };

test('an alert has the receivers of the job unless it has its own; references are not resolved', () => {
  const notify = { webhook: '${HOOK}' };
  const own = { webhook: '${OTHER}', pagerDuty: '${KEY}' };
  const document = {
    notify,
    alerts: [lag, { ...lag, name: 'Own', for: '5 minutes', cooldown: '1 hour', notify: own }],
  };
  const spec = parse(document, { HOOK: 'https://secret', KEY: 'secret' });
  expect(spec.alerts).toMatchObject([
    { name: 'Lag', level: 'error', forMs: 0, cooldownMs: 0, notify: [notify] },
    { name: 'Own', forMs: 300_000, cooldownMs: 3_600_000, notify: [{ webhook: '${OTHER}' }, { pagerDuty: '${KEY}' }] },
  ]);
  expect(JSON.stringify(spec)).not.toContain('secret');
});

test('a job without alerts has none', () => {
  expect(parse({})).not.toHaveProperty('alerts');
});

test.for([
  [
    { alerts: [{ ...lag, when: 'lagg > 5' }] },
    'alerts[0].when: "lagg > 5"; expected a condition that begins with one of',
  ],
  [{ alerts: [{ ...lag, when: 'lagg > 5' }] }, 'did you mean lag?'],
  [{ alerts: [{ ...lag, when: 5 }] }, 'alerts[0].when: 5; expected a condition such as'],
  [{ alerts: [{ name: 'Lag', when: 'lag > 5' }] }, 'alerts[0].level: missing'],
  [{ alerts: [{ ...lag, level: 'fatal' }] }, 'expected one of info, warning, error, critical'],
  [{ alerts: [lag, lag] }, 'alerts[1].name: there is another alert of the name Lag'],
  [{ alerts: [{ ...lag, for: 5 }] }, 'alerts[0].for: 5; expected a duration'],
  [{ alerts: [{ ...lag, notify: {} }] }, 'alerts[0].notify: names nobody'],
  [{ alerts: [{ ...lag, condition: 'lag > 5' }] }, 'condition'],
  [{ alerts: lag }, 'expected a list of alerts'],
  [{ notify: {} }, 'notify: names nobody'],
] as const)('%j is refused', ([document, problem]) => {
  expect(() => parse(document)).toThrow(problem);
});

test.for([
  [{ notify: { webhook: 'https://hooks.example.com/s3cret' } }],
  [{ notify: { pagerDuty: 's3cret' } }],
  [{ alerts: [{ ...lag, notify: { webhook: 's3cret' } }] }],
  [{ alerts: [{ ...lag, notify: 's3cret' }] }],
] as const)('a receiver that is no reference is refused, and not repeated', ([document]) => {
  const refusal = (): unknown => parse(document);
  expect(refusal).toThrow(/expected/);
  expect(refusal).not.toThrow(/s3cret/);
});
