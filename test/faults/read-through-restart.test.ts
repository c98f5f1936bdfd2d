import { expect, it, onTestFinished } from 'vitest';
import { openKafka } from '../../src/kafka/open-kafka.ts';
import { TestKafka } from '../support/kafka.ts';
import { numbered } from '../support/messages.ts';
import { startPrivateStack } from '../support/servers.ts';

const perRound = 1000;

it('reads a range through a crash of the broker, and gives up in time when it does not come back', async () => {
  const stack = await startPrivateStack({ onTestFinished }, ['kafka']);
  const address = stack.addresses.kafka ?? '';
  const kafka = await TestKafka.open(address);
  const topic = await kafka.createTopic();
  await topic.send(...numbered(perRound, 1));
  const all = await kafka.range(topic, { end: 2 * perRound });
  const patient = openKafka({ bootstrapServers: [address] }, { retryTimeoutMs: 90_000 });
  const reading = patient.readRange(all);
  const values: string[] = [];
  const take = async (): Promise<void> => {
    const { value } = await reading.next();
    if (value) values.push(...value.records.map((record) => String(record.value)));
  };
  while (values.length < perRound) await take();

  const pending = take();
  await stack.kill('kafka');
  const impatient = openKafka({ bootstrapServers: [address] }, { retryTimeoutMs: 500 });
  await expect(impatient.listOffsets(topic.name, { at: 'latest' })).rejects.toMatchObject({
    code: 'KAFKA_UNAVAILABLE',
  });
  await stack.restart('kafka');
  await topic.send(...numbered(perRound, 1, perRound));
  await pending;
  while (values.length < 2 * perRound) await take();
  expect(await reading.next()).toMatchObject({ done: true });
  expect(values).toEqual(numbered(2 * perRound, 1).map(({ value }) => value));
  await Promise.all([patient.close(), impatient.close(), kafka.close()]);
});
