import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { S3ObjectStore } from '../../../src/storage/s3-object-store.ts';
import { probeCreation } from '../../../src/storage/s3-probe.ts';
import { collect } from '../../support/collect.ts';
import { bucketAt, s3Endpoint, useTestBucket } from '../../support/s3.ts';
import { refusal, requestLost, S3Proxy, type ProxiedRequest, type S3Fault } from '../../support/s3-proxy.ts';

const bucket = useTestBucket();
let proxy: S3Proxy;

beforeAll(async () => {
  proxy = await S3Proxy.open(s3Endpoint());
});
afterAll(() => proxy.close());
afterEach(() => proxy.clear());

const isCreate = (request: ProxiedRequest): boolean => request.isCreate;
const forever = 1_000_000;

/** Creates or replaces the object, as a store does that ignores the condition. */
const replaced: S3Fault = async ({ request, body, reply }) => {
  const Key = request.path.slice(`/${bucket.name}/`.length);
  await bucketAt(bucket.name).clients.data.send(new PutObjectCommand({ Bucket: bucket.name, Key, Body: body }));
  reply({ status: 200, headers: { etag: '"1"', 'content-length': '0' }, body: Buffer.of() });
};

/** A store that looks whether the object exists, and then writes: creators at the same time all find nothing. */
function racing(): S3Fault {
  const existing = new Set<string>();
  const exists = refusal(412, 'PreconditionFailed');
  return async (exchange) => {
    const { path } = exchange.request;
    if (existing.has(path)) return exists(exchange);
    await replaced(exchange);
    existing.add(path);
  };
}

function throughProxy(): ReturnType<typeof bucketAt> {
  return bucketAt(bucket.name, { endpoint: proxy.endpoint });
}

async function objectsLeft(prefix: string): Promise<string[]> {
  const direct = new S3ObjectStore(bucketAt(bucket.name), prefix);
  return (await collect(direct.list(''))).map(({ path }) => path);
}

describe('the probe of a store', () => {
  test('passes one on which a single creator wins, and leaves nothing behind', async () => {
    const prefix = `${crypto.randomUUID()}/`;
    await probeCreation(bucketAt(bucket.name), prefix);
    expect(await objectsLeft(prefix)).toEqual([]);
  });

  test.each<[string, S3Fault, RegExp]>([
    ['ignores the condition', replaced, /16 of 16 creators won, where one may/],
    ['looks and then writes', racing(), /\d+ of 16 creators won, where one may/],
    ['does not know the condition', refusal(501, 'NotImplemented'), /does not know conditional creates/],
  ])('refuses one that %s, and leaves nothing behind', async (_, fault, reason) => {
    const prefix = `${crypto.randomUUID()}/`;
    proxy.inject(isCreate, fault, forever);
    const store = new S3ObjectStore(throughProxy(), prefix);
    const attempt = store.putIfAbsent('_delta_log/0.json', Buffer.from('{}'));
    await expect(attempt).rejects.toMatchObject({
      code: 'STORAGE_UNSAFE',
      message: expect.stringMatching(reason) as string,
    });
    expect(await objectsLeft(prefix)).toEqual([]);
  });

  test('refuses one that replaces an object that exists', async () => {
    let creates = 0;
    proxy.inject(
      isCreate,
      async (exchange) => {
        creates += 1;
        if (creates === 17) return replaced(exchange);
        exchange.reply(await exchange.forward());
      },
      forever,
    );
    await expect(probeCreation(throughProxy(), `${crypto.randomUUID()}/`)).rejects.toMatchObject({
      code: 'STORAGE_UNSAFE',
      message: expect.stringContaining('an existing object was replaced, where none may') as string,
    });
  });

  test('learns nothing from an outage, and looks again at the next commit', async () => {
    const store = new S3ObjectStore(throughProxy(), `${crypto.randomUUID()}/`);
    proxy.inject(isCreate, requestLost, 16);
    await expect(store.putIfAbsent('x', Buffer.from('1'))).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
    expect(await store.putIfAbsent('x', Buffer.from('1'))).toEqual({ kind: 'created' });
    const asked = proxy.requests.length;
    expect(await store.putIfAbsent('x', Buffer.from('1'))).toEqual({ kind: 'exists' });
    expect(proxy.requests).toHaveLength(asked + 1);
  });

  test('is not misled by creators that are throttled or told to wait', async () => {
    let creates = 0;
    const throttled = refusal(503, 'SlowDown');
    const conflict = refusal(409, 'ConditionalRequestConflict');
    proxy.inject(
      isCreate,
      async (exchange) => {
        creates += 1;
        if (creates === 5) return throttled(exchange);
        if (creates === 7) return conflict(exchange);
        exchange.reply(await exchange.forward());
      },
      forever,
    );
    await probeCreation(throughProxy(), `${crypto.randomUUID()}/`);
    expect(creates).toBe(34);
  });
});
