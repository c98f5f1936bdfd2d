import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { Connections } from '../../../../src/ingest/connections.ts';
import { requireLeaders } from '../../../../src/ingest/transform/require-leaders.ts';
import { parseInlineJob } from '../../../../src/spec/parse-job.ts';

/** A port that was free a moment ago. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('a topic whose brokers do not answer is told before anything is taken up for it', async () => {
  const source = { bootstrapServers: `127.0.0.1:${String(await closedPort())}`, topics: ['trips'] };
  const spec = parseInlineJob(
    { name: 'trips', source, steps: { parse: { format: 'raw' } }, table: { path: 'lake/{topic}' } },
    { env: {}, workingFolder: '.' },
  );
  const connections = new Connections({ env: {} });
  onTestFinished(() => connections.close());
  await expect(requireLeaders(connections, spec, 'trips')).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
});
