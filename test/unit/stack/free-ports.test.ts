import { createServer, type AddressInfo, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { choosePorts, isPortOpen } from '../../../src/stack/free-ports.ts';

test('a wished port is taken when it is free, another one when somebody listens there', async () => {
  const [free] = await choosePorts([[]]);
  expect(await choosePorts([[free!]])).toEqual([free]);
  const taken = await listen();
  const [instead] = await choosePorts([[taken]]);
  expect(instead).not.toBe(taken);
  expect(await choosePorts([[taken, free!]])).toEqual([free]);
});

test('ports that are chosen together differ', async () => {
  const [free] = await choosePorts([[]]);
  const ports = await choosePorts([[free!], [free!], [], []]);
  expect(new Set(ports).size).toBe(4);
});

test('a port is open while somebody listens', async () => {
  const [closed] = await choosePorts([[]]);
  expect(await isPortOpen('127.0.0.1', await listen())).toBe(true);
  expect(await isPortOpen('127.0.0.1', closed!)).toBe(false);
});

async function listen(): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return (server.address() as AddressInfo).port;
}
