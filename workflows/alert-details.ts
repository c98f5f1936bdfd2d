import type { AlertState } from '../src/model/job/alert.ts';

/** The Markdown that the Web UI shows of a job's alerts. */
export function alertDetails(states: readonly AlertState[]): string {
  if (states.length === 0) return 'No alert is firing.';
  return [
    '| alert | topic | state | since |',
    '|---|---|---|---|',
    ...states.map(({ alert, topic, kind, sinceMs }) => {
      return `| ${alert.replaceAll('|', '\\|')} | ${topic} | ${kind} | ${new Date(sinceMs).toISOString()} |`;
    }),
  ].join('\n');
}
