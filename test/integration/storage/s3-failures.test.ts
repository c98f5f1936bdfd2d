import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createS3Clients, type S3Timeouts } from '../../../src/storage/s3-clients.ts';
import { s3Connection } from '../../../src/storage/s3-connection.ts';
import { S3ObjectStore } from '../../../src/storage/s3-object-store.ts';
import { s3Endpoint, useTestBucket } from '../../support/s3.ts';

const bucket = useTestBucket();
const quick = { connectMs: 500, answerMs: 300, idleMs: 300 };

function storeWith(env: NodeJS.ProcessEnv, name = bucket.name, timeouts?: S3Timeouts): S3ObjectStore {
  const connection = s3Connection({ ...process.env, ...env });
  return new S3ObjectStore(
    { name, connection, clients: createS3Clients(connection, timeouts && { data: timeouts, commit: timeouts }) },
    '',
  );
}

/** Reading, writing and creating all fail so. */
async function expectFailure(store: S3ObjectStore, code: string, message: string | RegExp): Promise<void> {
  const expected = {
    code,
    message:
      typeof message === 'string'
        ? (expect.stringContaining(message) as string)
        : (expect.stringMatching(message) as string),
  };
  await expect(store.get('x')).rejects.toMatchObject(expected);
  await expect(store.put('x', Buffer.from('1'))).rejects.toMatchObject(expected);
  await expect(store.putIfAbsent('x', Buffer.from('1'))).rejects.toMatchObject(expected);
}

/** A web server of the test's own. */
async function serving(listener: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a bucket that does not exist is named', async () => {
  await expectFailure(
    storeWith({}, 'bronze-no-such-bucket'),
    'STORAGE_MISCONFIGURED',
    /s3:\/\/bronze-no-such-bucket\/.*NoSuchBucket.*the bucket does not exist: create it, or correct the path/,
  );
});

test('an access key that the store does not know, and a secret key that is wrong, are told apart', async () => {
  await expectFailure(
    storeWith({ S3_ACCESS_KEY: 'nobody', S3_SECRET_KEY: 'nothing!' }),
    'STORAGE_ACCESS_DENIED',
    'the store does not know the access key',
  );
  const user = process.env['S3_ACCESS_KEY'] ?? 'minioadmin';
  await expectFailure(
    storeWith({ S3_ACCESS_KEY: user, S3_SECRET_KEY: 'not the secret' }),
    'STORAGE_ACCESS_DENIED',
    /^(?!.*not the secret).*the secret key is not the one of the access key/,
  );
});

test('an address where nobody listens is an outage that names the address', async () => {
  const store = storeWith({ S3_ENDPOINT: 'http://127.0.0.1:1' });
  await expectFailure(store, 'STORAGE_UNAVAILABLE', /http:\/\/127\.0\.0\.1:1.*ECONNREFUSED/);
});

test('a store that does not answer is an outage', async () => {
  const endpoint = await serving(() => undefined);
  await expectFailure(storeWith({ S3_ENDPOINT: endpoint }, bucket.name, quick), 'STORAGE_UNAVAILABLE', /TimeoutError/);
});

test('a web server that is no store is told from one', async () => {
  const endpoint = await serving((_, response) => {
    response.writeHead(405, { 'content-type': 'text/html' }).end('<html><body>Not here</body>');
  });
  await expectFailure(
    storeWith({ S3_ENDPOINT: endpoint }),
    'STORAGE_MISCONFIGURED',
    'is there an S3 store at that address?',
  );
});

test('https to a store that speaks http is told from an outage', async () => {
  const store = storeWith({ S3_ENDPOINT: s3Endpoint().replace('http:', 'https:') });
  await expectFailure(store, 'STORAGE_MISCONFIGURED', 'is there an S3 store at that address?');
});
