import { BronzeError, errorMessage } from '../../errors.ts';
import type { AlertEvent, AlertReceiver } from '../../model/job/alert.ts';
import { pagerDutyBody, webhookBody } from './alert-message.ts';

const pagerDutyUrl = 'https://events.pagerduty.com/v2/enqueue';

/**
 * Posts an alert to its receiver. Neither the receiver's address nor its key is in an error.
 * @throws BronzeError RECEIVER_UNAVAILABLE where another attempt may help, RECEIVER_REFUSED where none will.
 */
export async function sendAlert(
  event: AlertEvent,
  receiver: AlertReceiver,
  { env, signal }: { readonly env: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<void> {
  const reference = 'webhook' in receiver ? receiver.webhook : receiver.pagerDuty;
  const secret = resolve(reference, env);
  const body = 'webhook' in receiver ? webhookBody(event) : pagerDutyBody(event, secret);
  const url = 'webhook' in receiver ? secret : pagerDutyUrl;
  if (!/^https?:\/\/\S+$/.test(url)) throw refused(reference, 'holds no http(s) URL');
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      redirect: 'manual',
      signal,
    });
  } catch (error) {
    throw new BronzeError('RECEIVER_UNAVAILABLE', `the receiver ${reference} cannot be reached: ${reasonOf(error)}`);
  }
  await response.body?.cancel();
  if (response.ok) return;
  const answer = `answered with ${String(response.status)}`;
  if (response.status >= 500 || response.status === 429 || response.status === 408) {
    throw new BronzeError('RECEIVER_UNAVAILABLE', `the receiver ${reference} ${answer}`);
  }
  throw refused(reference, answer);
}

function resolve(reference: string, env: NodeJS.ProcessEnv): string {
  const name = /^\$\{(\w+)\}$/.exec(reference)?.[1] ?? '';
  const value = env[name] ?? '';
  if (value === '') throw refused(reference, "is not set in the worker's environment");
  return value;
}

function refused(reference: string, why: string): BronzeError {
  return new BronzeError('RECEIVER_REFUSED', `the receiver ${reference} ${why}`);
}

/** The code of a system error (`ECONNREFUSED`) alone: messages quote what was called. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : error instanceof Error ? error.name : errorMessage(error);
}
