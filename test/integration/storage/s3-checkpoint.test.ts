import { expect, it } from 'vitest';
import { activeFiles } from '../../../src/delta/log/active-files.ts';
import { loadTableState } from '../../../src/delta/load-table-state.ts';
import { readParquetRows } from '../../../src/lake/table/table-log.ts';
import { checkpointTable } from '../../support/checkpoint-table.ts';
import { collect } from '../../support/collect.ts';
import { addOf, commitActions, createTable, writeRawEntry } from '../../support/delta-table.ts';
import { useTestBucket } from '../../support/s3.ts';

const bucket = useTestBucket();
const v2 = {
  minReaderVersion: 3,
  minWriterVersion: 7,
  readerFeatures: ['v2Checkpoint'],
  writerFeatures: ['v2Checkpoint', 'appendOnly', 'invariants'],
};

it.each(['classic', 'v2'])('a %s checkpoint on S3 is written, built upon, and read', async (format) => {
  const store = bucket.newStore();
  let state = await createTable(store);
  if (format === 'v2') {
    await writeRawEntry(store, 1, [{ protocol: v2 }]);
    state = (await loadTableState(store))!;
  }
  state = await commitActions(store, state, [{ add: addOf('a') }, { txn: { appId: 'job', version: '7' } }]);
  expect(await checkpointTable(store)).toMatchObject({ version: state.version, files: 1 });
  state = await commitActions(store, state, [{ add: addOf('b') }, { remove: { path: 'a', dataChange: true } }]);
  expect(await checkpointTable(store)).toMatchObject({ version: state.version, files: 1 });
  for (let version = 0; version < state.version; version += 1) {
    await store.delete(`_delta_log/${String(version).padStart(20, '0')}.json`);
  }
  const loaded = await loadTableState(store, { readParquetRows });
  expect(loaded).toMatchObject({
    version: state.version,
    checkpointVersion: state.version,
    txns: new Map([['job', '7']]),
  });
  const files = await collect(activeFiles(store, loaded!, { readParquetRows }));
  expect(files.map(({ path }) => path)).toEqual(['b']);
});
