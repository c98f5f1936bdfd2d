import type { AlertEvent } from '../../model/job/alert.ts';

/** `[warning] HighProcessingTime: gps/trips: batchDuration > 1 minute (75.2 s). Add workers`; one line. */
export function alertText({ job, topic, alert, level, kind, condition, measured, action }: AlertEvent): string {
  const where = `${alert}: ${job}/${topic}: ${condition}`;
  const found = measured === undefined ? '' : ` (${measured})`;
  const text = kind === 'resolved' ? `[resolved] ${where}${found}` : `[${level}] ${where}${found}${advice(action)}`;
  return text.replaceAll(/\s+/g, ' ');
}

function advice(action: string | undefined): string {
  return action === undefined ? '' : `. ${action}`;
}

/** A line of the worker's log. */
export function alertLine(event: AlertEvent): string {
  const at = new Date(event.atMs).toISOString().slice(0, 19).replace('T', ' ');
  return `${at} - ALERT ${event.kind === 'firing' ? 'firing ' : ''}${alertText(event)}`;
}

/** What is posted to a webhook: `text` is what Slack, and what is like it, shows; the rest is for programs. */
export function webhookBody(event: AlertEvent): unknown {
  const { job, topic, alert, level, kind, condition, measured, action, sinceMs, atMs } = event;
  return {
    text: alertText(event),
    status: kind,
    ...{ job, topic, alert, level, condition, measured, action },
    since: new Date(sinceMs).toISOString(),
    at: new Date(atMs).toISOString(),
  };
}

/** An event of PagerDuty's Events API v2. Its levels are called as ours; one incident for each alert of a lane. */
export function pagerDutyBody(event: AlertEvent, routingKey: string): unknown {
  const { job, topic, alert, level, kind, condition, measured, action, atMs } = event;
  return {
    routing_key: routingKey,
    event_action: kind === 'firing' ? 'trigger' : 'resolve',
    dedup_key: `kafka-bronze/${job}/${topic}/${alert}`,
    payload: {
      summary: alertText(event).slice(0, 1024),
      source: job,
      component: topic,
      severity: level,
      timestamp: new Date(atMs).toISOString(),
      custom_details: { condition, measured, action },
    },
  };
}
