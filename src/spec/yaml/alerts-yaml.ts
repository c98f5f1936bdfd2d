import { z } from 'zod';
import { alertLevels, type AlertReceiver, type AlertSpec } from '../../model/job/alert.ts';
import type { Parsed } from '../../model/batch/offset-position.ts';
import { parseAlertCondition } from './alert-condition.ts';
import type { DocumentPath } from '../document/document-path.ts';
import { parseDuration } from './durations.ts';
import { secretReference } from '../document/secret-reference.ts';
import type { ReportProblem } from '../document/spec-problem.ts';
import { choice, leaf, section, text, type EditorHints } from './yaml-leaves.ts';

const duration = (hints: EditorHints): z.ZodType<number> =>
  leaf({ type: 'string', ...hints }, (value): Parsed<number> =>
    typeof value === 'string' ? parseDuration(value) : { ok: false, expected: 'a duration such as 5 minutes' },
  );

/** Who is told of alerts besides the log. */
export const notifyYaml = section(
  {
    webhook: secretReference(
      'The URL that a JSON message is posted to, as Slack and those that are like it take it: a `${VAR}` reference.',
      '${SLACK_WEBHOOK_URL}',
    ).optional(),
    pagerDuty: secretReference(
      "The routing key of a PagerDuty service's Events API v2 integration: a `${VAR}` reference.",
      '${PAGERDUTY_ROUTING_KEY}',
    ).optional(),
  },
  { description: 'Who is told of alerts besides the log. The variables are those of the worker.' },
  { example: '{ webhook: ${SLACK_WEBHOOK_URL} }' },
);

type NotifyYaml = z.output<typeof notifyYaml>;

const alertYaml = section(
  {
    name: text({ description: 'What the alert is called, once in a job.', examples: ['HighProcessingTime'] }),
    when: leaf(
      {
        type: 'string',
        description: 'A measure of a lane, and what it is held against. docs/monitoring.md lists the measures.',
        examples: ['batchDuration > 1 minute', 'deadLetterRatio > 1%', 'lagTime > 10 minutes', 'laneFailed'],
      },
      (value) =>
        typeof value === 'string'
          ? parseAlertCondition(value)
          : { ok: false, expected: 'a condition such as batchDuration > 1 minute' },
    ),
    level: choice(alertLevels, { description: 'How much it matters.' }),
    action: text({ description: 'What to do about it; part of the message.' }).optional(),
    for: duration({ description: 'Fire once the condition has held for so long. Default: at once.' }).optional(),
    cooldown: duration({ description: 'After it has resolved, do not fire again for so long.' }).optional(),
    notify: notifyYaml.optional(),
  },
  { description: 'A condition that people want to be told of, once when it begins to hold and once when it ends.' },
  { example: '{ name: Lag, when: lagTime > 10 minutes, level: error }' },
);

export const alertsYaml = z.array(alertYaml, { error: 'a list of alerts' }).meta({
  description: 'Conditions that people want to be told of; each holds or does not for every topic by itself.',
});

type AlertsYaml = z.output<typeof alertsYaml>;

/** What two keys may not say together. */
export function checkAlerts(
  alerts: AlertsYaml | undefined,
  notify: NotifyYaml | undefined,
  report: ReportProblem,
): void {
  checkNotify(notify, ['notify'], report);
  const names = new Set<string>();
  alerts?.forEach((alert, index) => {
    if (names.has(alert.name)) report(['alerts', index, 'name'], `there is another alert of the name ${alert.name}`);
    names.add(alert.name);
    checkNotify(alert.notify, ['alerts', index, 'notify'], report);
  });
}

function checkNotify(notify: NotifyYaml | undefined, path: DocumentPath, report: ReportProblem): void {
  if (notify && receiversOf(notify).length === 0) report(path, 'names nobody; expected webhook, pagerDuty, or both');
}

/** Alerts without receivers of their own have those of the job. */
export function buildAlerts(alerts: AlertsYaml, notify: NotifyYaml | undefined): readonly AlertSpec[] {
  return alerts.map(({ name, when, level, action, for: forMs = 0, cooldown: cooldownMs = 0, notify: own }) => ({
    ...{ name, when, level, forMs, cooldownMs },
    ...(action === undefined ? {} : { action }),
    notify: receiversOf(own ?? notify ?? {}),
  }));
}

function receiversOf({ webhook, pagerDuty }: NotifyYaml): readonly AlertReceiver[] {
  return [...(webhook === undefined ? [] : [{ webhook }]), ...(pagerDuty === undefined ? [] : [{ pagerDuty }])];
}
