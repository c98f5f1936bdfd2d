import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { S3ObjectStore } from '../../../src/storage/s3-object-store.ts';
import { abortOpenUploads } from '../../../src/storage/s3-upload.ts';
import { bucketAt, s3Endpoint, useTestBucket } from '../../support/s3.ts';
import { S3Proxy } from '../../support/s3-proxy.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const bucket = useTestBucket();
const beganBeforeMs = Date.parse('2026-01-10T00:00:00Z');

interface Upload {
  readonly key: string;
  readonly id: string;
  readonly began: string;
}

/** A store of which only uploads in parts are asked for, one on a page, and of any age. */
async function storeWithUploads(
  uploads: readonly Upload[],
  refuses = false,
): Promise<{ store: S3ObjectStore; aborted: string[] }> {
  const aborted: string[] = [];
  const answer = ({ method, url = '' }: IncomingMessage): { readonly status: number; readonly body: string } => {
    const { pathname, searchParams } = new URL(url, 'http://store');
    if (method === 'DELETE') {
      aborted.push(`${pathname.slice('/lake/'.length)} ${searchParams.get('uploadId') ?? ''}`);
      return searchParams.get('uploadId') === 'gone'
        ? { status: 404, body: '<Error><Code>NoSuchUpload</Code></Error>' }
        : { status: 204, body: '' };
    }
    if (refuses) return { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' };
    const at = Number(searchParams.get('upload-id-marker') ?? 0);
    const page = uploads
      .slice(at, at + 1)
      .map(
        ({ key, id, began }) =>
          `<Upload><Key>${key}</Key><UploadId>${id}</UploadId><Initiated>${began}</Initiated></Upload>`,
      );
    const more = `<IsTruncated>${String(at + 1 < uploads.length)}</IsTruncated><NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>${String(at + 1)}</NextUploadIdMarker>`;
    return { status: 200, body: `<ListMultipartUploadsResult>${page.join('')}${more}</ListMultipartUploadsResult>` };
  };
  const server = createServer((request, response) => {
    const { status, body } = answer(request);
    response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { store: new S3ObjectStore(bucketAt('lake', { endpoint }), 'bronze_gps/'), aborted };
}

const old = '2026-01-09T23:00:00Z';
const uploads: readonly Upload[] = [
  { key: 'bronze_gps/2026-01-09/a.parquet', id: 'one', began: old },
  { key: 'bronze_gps/2026-01-10/b.parquet', id: 'young', began: '2026-01-10T00:00:00Z' },
  { key: 'bronze_gps/2026-01-09/c.parquet', id: 'gone', began: old },
  { key: 'bronze_gps_other/d.parquet', id: 'of another table', began: old },
];

describe('uploads that nobody will complete', () => {
  test('are aborted below the folder of the table, once they are old enough', async () => {
    const { store, aborted } = await storeWithUploads(uploads);
    expect(await store.sweepUnfinished({ beganBeforeMs, dryRun: false })).toBe(2);
    expect(aborted).toEqual(['bronze_gps/2026-01-09/a.parquet one', 'bronze_gps/2026-01-09/c.parquet gone']);
  });

  test('are only counted in a dry run', async () => {
    const { store, aborted } = await storeWithUploads(uploads);
    expect(await store.sweepUnfinished({ beganBeforeMs, dryRun: true })).toBe(2);
    expect(aborted).toEqual([]);
  });

  test('are left to the store where it does not show them', async () => {
    const { store } = await storeWithUploads(uploads, true);
    expect(await store.sweepUnfinished({ beganBeforeMs, dryRun: false })).toBeUndefined();
  });

  test('are found by a real store as well', async () => {
    const { data } = bucketAt(bucket.name).clients;
    const table = crypto.randomUUID();
    for (const Key of [`${table}/day/file.parquet`, `${table}-other/file.parquet`]) {
      await data.send(new CreateMultipartUploadCommand({ Bucket: bucket.name, Key }));
    }
    const store = new S3ObjectStore(bucketAt(bucket.name), `${table}/`);
    const sweep = { beganBeforeMs: Date.now() + 60_000, dryRun: false };
    expect(await store.sweepUnfinished({ ...sweep, beganBeforeMs })).toBe(0);
    expect(await store.sweepUnfinished(sweep)).toBe(1);
    expect(await store.sweepUnfinished(sweep)).toBe(0);
  });
});

test('a process that is about to end aborts the uploads that it is in the middle of', async () => {
  const proxy = await S3Proxy.open(s3Endpoint());
  onTestFinished(() => proxy.close());
  const store = new S3ObjectStore(bucketAt(bucket.name, { endpoint: proxy.endpoint }), `${crypto.randomUUID()}/`);
  const file = join(await scratchFolder(), 'large');
  await writeFile(file, randomBytes(9 * 1024 * 1024));
  const { promise: isSending, resolve } = Promise.withResolvers<undefined>();
  const { promise: aborted, resolve: letGo } = Promise.withResolvers<undefined>();
  proxy.inject(
    ({ query }) => query.has('partNumber'),
    async ({ forward, reply }) => {
      resolve(undefined);
      await aborted;
      reply(await forward());
    },
    100,
  );
  const upload = expect(store.putFile('data/large', file)).rejects.toMatchObject({
    message: expect.any(String) as string,
  });
  await isSending;
  await abortOpenUploads();
  const isAbort = ({ method, query }: { method: string; query: URLSearchParams }): boolean =>
    method === 'DELETE' && query.has('uploadId');
  expect(proxy.requests.filter(isAbort)).toHaveLength(1);
  letGo(undefined);
  await upload;
  expect(await store.head('data/large')).toBeUndefined();
});
