import { createServer, type AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { choosePorts } from '../../../src/stack/free-ports.ts';
import { startStack } from '../../../src/stack/start-stack.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

test('a Kafka that the environment names is used, one open broker is enough', async () => {
  const [closed] = await choosePorts([[]]);
  const kafka = `127.0.0.1:${closed ?? 0},127.0.0.1:${await listen()}`;
  const lines: string[] = [];
  for (const variable of ['KAFKA_BOOTSTRAP_SERVERS', 'KAFKA_BROKER']) {
    const stack = await startStack({
      stateFolder: await scratchFolder(),
      servers: ['kafka'],
      env: { [variable]: kafka },
      log: (line) => lines.push(line),
    });
    expect(stack.addresses).toEqual({ kafka });
    expect(lines.at(-1)).toBe(`Kafka     ${kafka}  (named by ${variable})`);
    await stack.stop();
  }
});

test('a server that the environment names and that does not answer is an error, never a reason to start another', async () => {
  const [port] = await choosePorts([[]]);
  const address = `127.0.0.1:${port ?? 0}`;
  const start = async (env: NodeJS.ProcessEnv): Promise<unknown> =>
    startStack({ stateFolder: await scratchFolder(), env });
  await expect(start({ KAFKA_BOOTSTRAP_SERVERS: address })).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
  await expect(
    start({ KAFKA_BOOTSTRAP_SERVERS: `127.0.0.1:${await listen()}`, TEMPORAL_ADDRESS: address }),
  ).rejects.toMatchObject({ code: 'TEMPORAL_UNAVAILABLE' });
});

test('a store that the environment names is used, by its URL; one that does not answer is an error', async () => {
  const [closed] = await choosePorts([[]]);
  const start = async (env: NodeJS.ProcessEnv): ReturnType<typeof startStack> =>
    startStack({ stateFolder: await scratchFolder(), servers: ['s3'], env });
  const url = `http://127.0.0.1:${await listen()}`;
  expect((await start({ S3_ENDPOINT: url })).addresses).toEqual({ s3: url });
  expect((await start({ AWS_ENDPOINT_URL: `${url}/` })).addresses).toEqual({ s3: `${url}/` });
  await expect(start({ S3_ENDPOINT: `http://127.0.0.1:${closed ?? 0}` })).rejects.toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
  });
});

test('a Schema Registry that the environment names is used; one that does not answer is an error', async () => {
  const [closed] = await choosePorts([[]]);
  const start = async (url: string): ReturnType<typeof startStack> =>
    startStack({ stateFolder: await scratchFolder(), servers: ['registry'], env: { SCHEMA_REGISTRY_URL: url } });
  const url = `http://127.0.0.1:${await listen()}/apis/ccompat/v7`;
  expect((await start(url)).addresses).toEqual({ registry: url });
  await expect(start(`http://127.0.0.1:${closed ?? 0}`)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
});

async function listen(): Promise<number> {
  const server = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}
