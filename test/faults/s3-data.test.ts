import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ListMultipartUploadsCommand } from '@aws-sdk/client-s3';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { S3ObjectStore } from '../../src/storage/s3-object-store.ts';
import { collect } from '../support/collect.ts';
import { bucketAt, s3Endpoint, useTestBucket } from '../support/s3.ts';
import { answerCut, answerLost, refusal, requestLost, S3Proxy, type ProxiedRequest } from '../support/s3-proxy.ts';
import { scratchFolder } from '../support/scratch-folder.ts';

const bucket = useTestBucket();
let proxy: S3Proxy;

beforeAll(async () => {
  proxy = await S3Proxy.open(s3Endpoint());
});
afterAll(() => proxy.close());
afterEach(() => proxy.clear());

function storeThroughProxy(): S3ObjectStore {
  return new S3ObjectStore(bucketAt(bucket.name, { endpoint: proxy.endpoint }), `${crypto.randomUUID()}/`);
}

const is =
  (method: string, parameter?: string) =>
  (request: ProxiedRequest): boolean =>
    request.method === method && (parameter === undefined || request.query.has(parameter));

describe('data in S3, over a bad connection', () => {
  test('a large file goes up whole although parts are lost, refused and throttled', async () => {
    const store = storeThroughProxy();
    const content = randomBytes(20 * 1024 * 1024);
    const file = join(await scratchFolder(), 'large');
    await writeFile(file, content);
    proxy.inject(is('PUT', 'partNumber'), requestLost);
    proxy.inject(is('PUT', 'partNumber'), refusal(503, 'SlowDown'));
    proxy.inject(is('PUT', 'partNumber'), answerLost);
    await store.putFile('data/large', file);
    expect(content.equals((await store.get('data/large')) ?? Buffer.of())).toBe(true);
  });

  test('an upload that cannot be completed is aborted, and the local file stays for the next attempt', async () => {
    const store = storeThroughProxy();
    const file = join(await scratchFolder(), 'large');
    await writeFile(file, randomBytes(9 * 1024 * 1024));
    proxy.inject(is('PUT', 'partNumber'), refusal(403, 'AccessDenied'), 2);
    await expect(store.putFile('data/large', file)).rejects.toMatchObject({ code: 'STORAGE_ACCESS_DENIED' });
    expect(proxy.requests.filter(is('DELETE', 'uploadId'))).toHaveLength(1);
    const key = `${store.root.split('/').slice(3).join('/')}/data/large`;
    const listing = new ListMultipartUploadsCommand({ Bucket: bucket.name, Prefix: key });
    expect((await bucketAt(bucket.name).clients.data.send(listing)).Uploads ?? []).toEqual([]);
    expect(await store.head('data/large')).toBeUndefined();
    await store.putFile('data/large', file);
    expect((await store.head('data/large'))?.sizeBytes).toBe(9 * 1024 * 1024);
  });

  test('an answer that breaks off is asked for again, and half of an object is never taken for all', async () => {
    const store = storeThroughProxy();
    const folder = await scratchFolder();
    const content = randomBytes(10 * 1024 * 1024);
    await writeFile(join(folder, 'up'), content);
    await store.putFile('object', join(folder, 'up'));
    proxy.inject(is('GET'), answerCut, 2);
    expect(content.equals((await store.get('object')) ?? Buffer.of())).toBe(true);
    proxy.inject(is('GET'), answerCut, 3);
    expect(await store.getFile('object', join(folder, 'down'))).toBe(true);
    expect(content.equals(await readFile(join(folder, 'down')))).toBe(true);
    proxy.inject(is('GET'), answerCut, 100);
    await expect(store.get('object')).rejects.toMatchObject({ code: 'STORAGE_UNAVAILABLE' });
  });

  test('a list of several pages is whole although an answer breaks off, is refused or lost', async () => {
    const store = storeThroughProxy();
    const paths = Array.from({ length: 1_050 }, (_, index) => `list/${String(index).padStart(5, '0')}`);
    await Promise.all(
      Array.from({ length: 10 }, async (_, lane) => {
        for (const path of paths.filter((__, index) => index % 10 === lane)) await store.put(path, Buffer.from('x'));
      }),
    );
    proxy.inject(is('GET', 'list-type'), refusal(500, 'InternalError'));
    proxy.inject(is('GET', 'list-type'), requestLost);
    proxy.inject(is('GET', 'list-type'), answerCut);
    proxy.inject(is('GET', 'continuation-token'), requestLost);
    expect((await collect(store.list('list/'))).map(({ path }) => path)).toEqual(paths);
    expect((await collect(store.list('list/', 'list/00999'))).map(({ path }) => path)).toEqual(paths.slice(1_000));
  });
});
