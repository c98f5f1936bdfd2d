import { beforeEach, describe, expect, it } from 'vitest';
import { versionAtTimestamp } from '../../../../src/delta/log/version-at-timestamp.ts';
import { LocalObjectStore } from '../../../../src/storage/local-object-store.ts';
import type { ObjectStore } from '../../../../src/storage/object-store.ts';
import { setEntryWritten } from '../../../support/age-log.ts';
import { addOf, commitActions, createTable, writeRawEntry } from '../../../support/delta-table.ts';
import { scratchFolder } from '../../../support/scratch-folder.ts';

let store: ObjectStore;

beforeEach(async () => {
  store = new LocalObjectStore(await scratchFolder());
});

describe('versionAtTimestamp', () => {
  it('finds the newest version that is not younger', async () => {
    let state = await createTable(store);
    for (const path of ['a', 'b']) state = await commitActions(store, state, [{ add: addOf(path) }]);
    for (const [version, seconds] of [1000, 2000, 3000].entries()) await setEntryWritten(store, version, seconds);
    expect(await versionAtTimestamp(store, 1_000_000)).toBe(0);
    expect(await versionAtTimestamp(store, 2_999_999)).toBe(1);
    expect(await versionAtTimestamp(store, Date.now())).toBe(2);
    await expect(versionAtTimestamp(store, 999_999)).rejects.toMatchObject({
      code: 'TABLE_NOT_FOUND',
      message: expect.stringContaining('begins 1970-01-01T00:16:40.000Z') as string,
    });
  });

  it('goes by in-commit timestamps where the table has them', async () => {
    await createTable(store, { 'delta.enableInCommitTimestamps': 'true' });
    await writeRawEntry(store, 1, [{ commitInfo: { inCommitTimestamp: 9_000_000_000_000 } }]);
    await writeRawEntry(store, 2, [{ commitInfo: { inCommitTimestamp: 9_000_000_000_500 } }]);
    expect(await versionAtTimestamp(store, 9_000_000_000_499)).toBe(1);
    expect(await versionAtTimestamp(store, 9_000_000_000_500)).toBe(2);
    expect(await versionAtTimestamp(store, Date.now())).toBe(0);
  });

  it('goes by the times of writing before in-commit timestamps were enabled', async () => {
    const { metaData, protocol } = await createTable(store);
    await writeRawEntry(store, 1, [{ commitInfo: {} }, { add: addOf('a') }]);
    const configuration = {
      'delta.enableInCommitTimestamps': 'true',
      'delta.inCommitTimestampEnablementVersion': '2',
      'delta.inCommitTimestampEnablementTimestamp': '3000000',
    };
    const writerFeatures = ['appendOnly', 'invariants', 'inCommitTimestamp'];
    await writeRawEntry(store, 2, [
      { commitInfo: { inCommitTimestamp: 3_000_000 } },
      { protocol: { ...protocol, minWriterVersion: 7, writerFeatures } },
      { metaData: { ...metaData, configuration } },
    ]);
    await writeRawEntry(store, 3, [{ commitInfo: { inCommitTimestamp: 3_000_001 } }]);
    for (const [version, seconds] of [1000, 2000, 500, 400].entries()) await setEntryWritten(store, version, seconds);
    expect(await versionAtTimestamp(store, 1_999_999)).toBe(0);
    expect(await versionAtTimestamp(store, 2_999_999)).toBe(1);
    expect(await versionAtTimestamp(store, 3_000_000)).toBe(2);
    expect(await versionAtTimestamp(store, Date.now())).toBe(3);
  });

  it('says when there is no table', async () => {
    await expect(versionAtTimestamp(store, 0)).rejects.toMatchObject({
      code: 'TABLE_NOT_FOUND',
      message: expect.stringContaining('there is no table') as string,
    });
  });
});
