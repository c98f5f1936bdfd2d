import { expect, test } from 'vitest';
import type { AlertEvent } from '../../../../src/model/job/alert.ts';
import { alertLine, pagerDutyBody, webhookBody } from '../../../../src/observe/alerts/alert-message.ts';

const firing: AlertEvent = {
  ...{ job: 'api', topic: 'events', alert: 'CheckpointFailure', level: 'critical', kind: 'firing' },
  ...{ condition: 'failedCommits > 2', measured: '3', action: 'Page\non-call' },
  sinceMs: Date.UTC(2026, 0, 27, 10),
  atMs: Date.UTC(2026, 0, 27, 10, 0, 5),
};
const resolved: AlertEvent = { ...firing, kind: 'resolved', measured: '0' };

test('the log has a line for each', () => {
  expect(alertLine(firing)).toBe(
    '2026-01-27 10:00:05 - ALERT firing [critical] CheckpointFailure: api/events: failedCommits > 2 (3). Page on-call',
  );
  expect(alertLine(resolved)).toBe(
    '2026-01-27 10:00:05 - ALERT [resolved] CheckpointFailure: api/events: failedCommits > 2 (0)',
  );
});

test('webhooks get a text that people read, and fields that programs read', () => {
  expect(webhookBody(firing)).toMatchObject({
    text: '[critical] CheckpointFailure: api/events: failedCommits > 2 (3). Page on-call',
    ...{ status: 'firing', alert: 'CheckpointFailure', level: 'critical', job: 'api', topic: 'events' },
    ...{ since: '2026-01-27T10:00:00.000Z', at: '2026-01-27T10:00:05.000Z' },
  });
});

test('PagerDuty gets one incident, which is resolved by the same key', () => {
  const [trigger, resolve] = [pagerDutyBody(firing, 'key'), pagerDutyBody(resolved, 'key')];
  expect(trigger).toMatchObject({
    ...{ routing_key: 'key', event_action: 'trigger', dedup_key: 'kafka-bronze/api/events/CheckpointFailure' },
    payload: { severity: 'critical', source: 'api', component: 'events' },
  });
  expect(resolve).toMatchObject({ event_action: 'resolve', dedup_key: 'kafka-bronze/api/events/CheckpointFailure' });
});
