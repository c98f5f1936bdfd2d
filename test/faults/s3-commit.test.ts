import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { activeFiles } from '../../src/delta/log/active-files.ts';
import { loadTableState } from '../../src/delta/load-table-state.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { S3ObjectStore } from '../../src/storage/s3-object-store.ts';
import { parseS3Url } from '../../src/storage/s3-location.ts';
import { collect } from '../support/collect.ts';
import { addOf, commitActions, createTable } from '../support/delta-table.ts';
import { bucketAt, s3Endpoint, useTestBucket } from '../support/s3.ts';
import {
  answerCut,
  answeredBy,
  answerLost,
  refusal,
  requestLost,
  S3Proxy,
  type ProxiedRequest,
  type S3Fault,
} from '../support/s3-proxy.ts';

const bucket = useTestBucket();
/** For answers that come too late; elsewhere the store has all the time that it needs. */
const impatient = { connectMs: 1_000, answerMs: 1_000, idleMs: 1_000 };
let proxy: S3Proxy;
/** The table through the proxy, and past it. */
let store: ObjectStore;
let impatientStore: ObjectStore;
let direct: ObjectStore;

beforeAll(async () => {
  proxy = await S3Proxy.open(s3Endpoint());
});
afterAll(() => proxy.close());

beforeEach(async () => {
  const root = bucket.newRoot();
  const { prefix } = parseS3Url(root);
  const { endpoint } = proxy;
  store = new S3ObjectStore(bucketAt(bucket.name, { endpoint }), prefix);
  impatientStore = new S3ObjectStore(bucketAt(bucket.name, { endpoint, commitTimeouts: impatient }), prefix);
  direct = new S3ObjectStore(bucketAt(bucket.name), prefix);
  await createTable(store);
  proxy.requests.length = 0;
});
afterEach(() => proxy.clear());

const isCommit = ({ isCreate, path }: ProxiedRequest): boolean => isCreate && path.includes('/_delta_log/');
/** The log entry of our commit is asked for, once it was sent. */
const isReadBack = ({ method, path }: ProxiedRequest): boolean =>
  method === 'GET' && path.endsWith('1.json') && proxy.requests.some(isCommit);

/** The answer comes when the client has given up; the store has done it before, or does it then. */
function late(whenDone: 'before' | 'after'): { readonly fault: S3Fault; readonly landed: () => Promise<void> } {
  const landed = Promise.withResolvers<undefined>();
  return {
    landed: () => landed.promise.then(() => undefined),
    fault: async ({ forward, hangUp, clientGone }) => {
      if (whenDone === 'before') await forward();
      await clientGone;
      if (whenDone === 'after') await forward();
      hangUp();
      landed.resolve(undefined);
    },
  };
}

/** Version 1 is our commit, once, whatever the client heard on the way. */
async function expectCommittedOnce(): Promise<void> {
  const state = await loadTableState(direct);
  expect(state?.version).toBe(1);
  expect((await collect(activeFiles(direct, state!))).map(({ path }) => path)).toEqual(['ours']);
}

async function commitOurs(through = store): Promise<number> {
  const base = await loadTableState(direct);
  return (await commitActions(through, base, [{ add: addOf('ours') }])).version;
}

describe('a commit to S3', () => {
  const slowDown = refusal(503, 'SlowDown');
  const conflict = refusal(409, 'ConditionalRequestConflict');
  test.each<[string, S3Fault]>([
    ['whose answer is lost', answerLost],
    ['whose request is lost', requestLost],
    ['that succeeds and is answered 412, as after a retry below us', answeredBy(refusal(412, 'PreconditionFailed'))],
    ['that succeeds and is answered 409', answeredBy(conflict)],
    ['that succeeds and is answered 500', answeredBy(refusal(500, 'InternalError'))],
    ['that succeeds and is answered 503', answeredBy(slowDown)],
    ['that is refused with 409', conflict],
    ['that is refused with 500', refusal(500, 'InternalError')],
    ['that is throttled with 503', slowDown],
    ['that is refused for its clock, which the client then sets', refusal(403, 'RequestTimeTooSkewed')],
  ])('%s is in the table once', async (_, fault) => {
    proxy.inject(isCommit, fault);
    expect(await commitOurs()).toBe(1);
    await expectCommittedOnce();
  });

  test('that is refused many times in a row is made when the store is back', async () => {
    proxy.inject(isCommit, slowDown, 3);
    proxy.inject(isCommit, conflict, 2);
    proxy.inject(isCommit, requestLost, 2);
    expect(await commitOurs()).toBe(1);
    await expectCommittedOnce();
    expect(proxy.requests.filter(isCommit)).toSatisfy(({ length }: readonly unknown[]) => length >= 8);
  });

  test.each([
    ['whose answer is delayed beyond the timeout is in the table once', 'before'],
    ['that lands after its timeout, beside the one that was sent again, is there once', 'after'],
  ] as const)('%s', async (_, whenDone) => {
    const { fault, landed } = late(whenDone);
    proxy.inject(isCommit, fault);
    expect(await commitOurs(impatientStore)).toBe(1);
    await landed();
    await expectCommittedOnce();
  });

  test('whose answer is lost, and whose read-back is lost, refused and cut, is in the table once', async () => {
    proxy.inject(isCommit, answerLost);
    proxy.inject(isReadBack, answerCut, 2);
    proxy.inject(isReadBack, refusal(500, 'InternalError'), 2);
    proxy.inject(isReadBack, requestLost);
    expect(await commitOurs()).toBe(1);
    await expectCommittedOnce();
  });

  test('that loses its answer and its version to another writer is rebased, never written over', async () => {
    const base = await loadTableState(direct);
    proxy.inject(isCommit, async ({ hangUp }) => {
      await commitActions(direct, base, [{ add: addOf('theirs') }]);
      hangUp();
    });
    expect((await commitActions(store, base, [{ add: addOf('ours') }])).version).toBe(2);
    const state = await loadTableState(direct);
    expect((await collect(activeFiles(direct, state!))).map(({ path }) => path).toSorted()).toEqual(['ours', 'theirs']);
  });

  test('that may not be made fails at once, and says why', async () => {
    proxy.inject(isCommit, refusal(403, 'AccessDenied'));
    await expect(commitOurs()).rejects.toMatchObject({ code: 'STORAGE_ACCESS_DENIED' });
    expect(proxy.requests.filter(isCommit)).toHaveLength(1);
    expect((await loadTableState(direct))?.version).toBe(0);
  });
});
