import { expect, onTestFinished, test } from 'vitest';
import type { AlertEvent } from '../../../../src/model/job/alert.ts';
import { sendAlert } from '../../../../src/observe/alerts/send-alert.ts';
import { WebhookReceiver } from '../../../support/webhook-receiver.ts';

const event: AlertEvent = {
  ...{ job: 'api', topic: 'events', alert: 'Lag', level: 'error', kind: 'firing', condition: 'lag > 5' },
  ...{ sinceMs: 0, atMs: 0 },
};
const { signal } = new AbortController();

test.each([
  [200, undefined],
  [204, undefined],
  [302, 'RECEIVER_REFUSED'],
  [404, 'RECEIVER_REFUSED'],
  [429, 'RECEIVER_UNAVAILABLE'],
  [503, 'RECEIVER_UNAVAILABLE'],
])('an answer of %i is understood', async (status, code) => {
  const receiver = await WebhookReceiver.listen();
  onTestFinished(() => receiver.close());
  receiver.answers.set('/hook', [status]);
  const sending = sendAlert(event, { webhook: '${HOOK}' }, { env: { HOOK: receiver.url('/hook') }, signal });
  if (code === undefined) await sending;
  else
    await expect(sending).rejects.toMatchObject({
      code,
      message: `the receiver \${HOOK} answered with ${String(status)}`,
    });
});

test('nobody there is an outage, and no error gives the address away', async () => {
  const receiver = await WebhookReceiver.listen();
  const url = receiver.url('/secret');
  await receiver.close();
  await expect(sendAlert(event, { webhook: '${HOOK}' }, { env: { HOOK: url }, signal })).rejects.toMatchObject({
    code: 'RECEIVER_UNAVAILABLE',
    message: 'the receiver ${HOOK} cannot be reached: ECONNREFUSED',
  });
});

test.each([
  [undefined, "the receiver ${HOOK} is not set in the worker's environment"],
  ['', "the receiver ${HOOK} is not set in the worker's environment"],
  ['s3cret', 'the receiver ${HOOK} holds no http(s) URL'],
  ['http://:secret@', 'the receiver ${HOOK} cannot be reached: ERR_INVALID_URL'],
])('a variable of %j is refused', async (HOOK, message) => {
  await expect(sendAlert(event, { webhook: '${HOOK}' }, { env: { HOOK }, signal })).rejects.toMatchObject({ message });
});
