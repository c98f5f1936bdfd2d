import { DefaultLogger, Runtime } from '@temporalio/worker';

/** An activity whose workflow ended first is expected when a job stops, and nothing to warn of. */
const unawaitedAnswer = 'Activity not found on completion';

let installed = false;

/**
 * Sends what Temporal's SDK has to say (warnings and errors), its native part included, through our log. Once per process, before any worker.
 */
export function installRuntime(logLine: (line: string) => void): void {
  if (installed) return;
  installed = true;
  const logger = new DefaultLogger('WARN', ({ level, message, meta }) => {
    if (message.startsWith(unawaitedAnswer)) return;
    const fields: Readonly<Record<string, unknown>> = { ...meta };
    const about = ['activityType', 'workflowType', 'workflowId', 'attempt']
      .flatMap((name) => (name in fields ? [`${name}=${String(fields[name])}`] : []))
      .join(' ');
    const cause = fields['error'] instanceof Error ? `: ${fields['error'].message}` : '';
    logLine(`${new Date().toISOString()} ${level} ${message} ${about}${cause}`.trimEnd());
  });
  // Signals are the command line's business: it stops jobs before it stops the worker.
  Runtime.install({ logger, telemetryOptions: { logging: { forward: {} } }, shutdownSignals: [] });
}
