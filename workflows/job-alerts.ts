import {
  continueAsNew,
  isCancellation,
  log,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { AlertEvent, AlertReceiver, AlertState } from '../src/model/job/alert.ts';
import type { AlertMemory, WatchAlertsOutcome, WatchAlertsRequest } from '../src/model/requests/alert-requests.ts';
import { notify, watchAlerts } from './activity-proxies.ts';
import { alertDetails } from './alert-details.ts';
import { findFailure } from './find-failure.ts';
import { alertsQuery } from './messages.ts';

/** `memory` is there where this run continues another one. */
export type JobAlertsInput = Omit<WatchAlertsRequest, 'memory'> & { readonly memory?: AlertMemory };

const pauseAfterFailure = '1m';

/**
 * Tells people of a job's alerts for as long as the job runs. It looks at the job from outside, so that whatever happens
 * here holds up no batch. What it remembers outlasts workers: an alert that fires is resolved, too.
 */
export async function jobAlerts({ memory: continued, ...job }: JobAlertsInput): Promise<void> {
  let memory: AlertMemory = continued ?? { beganAtMs: Date.now(), lanes: [], states: [] };
  const deliveries = new Deliveries();
  setHandler(alertsQuery, () => firing(memory));
  for (;;) {
    setCurrentDetails(alertDetails(memory.states));
    const watched = await watch({ ...job, memory });
    if (watched) {
      memory = watched.memory;
      for (const event of watched.events) deliveries.send(event, receiversOf(job.spec.alerts, event));
      if (watched.kind === 'ended') break;
    }
    if (workflowInfo().continueAsNewSuggested) {
      await deliveries.done();
      return continueAsNew<typeof jobAlerts>({ ...job, memory });
    }
  }
  setCurrentDetails(alertDetails(memory.states));
  await deliveries.done();
}

async function watch(request: WatchAlertsRequest): Promise<WatchAlertsOutcome | undefined> {
  try {
    return await watchAlerts(request);
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('the job cannot be looked at for its alerts', { failure: findFailure(error) });
    await sleep(pauseAfterFailure);
    return undefined;
  }
}

function receiversOf(
  alerts: JobAlertsInput['spec']['alerts'],
  { alert }: AlertEvent,
): readonly (AlertReceiver | 'log')[] {
  return ['log', ...(alerts?.find(({ name }) => name === alert)?.notify ?? [])];
}

function firing({ states }: AlertMemory): readonly AlertState[] {
  return states.filter(({ kind }) => kind === 'firing');
}

/** Messages to one receiver go out in order; one that is down holds up no other, nor the watch. */
class Deliveries {
  readonly #last = new Map<string, Promise<void>>();

  send(event: AlertEvent, receivers: readonly (AlertReceiver | 'log')[]): void {
    for (const receiver of receivers) {
      const key = JSON.stringify(receiver);
      const before = this.#last.get(key) ?? Promise.resolve();
      const sent = before.then(() => tryToNotify(event, receiver));
      sent.catch(() => undefined);
      this.#last.set(key, sent);
    }
  }

  async done(): Promise<void> {
    await Promise.all(this.#last.values());
  }
}

async function tryToNotify(event: AlertEvent, receiver: AlertReceiver | 'log'): Promise<void> {
  try {
    await notify.executeWithOptions({ summary: `${event.alert} ${event.kind}` }, [{ event, receiver }]);
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn('an alert could not be delivered', { alert: event.alert, failure: findFailure(error) });
  }
}
