/** One measured step on a table's log, in a process of its own: `phase.ts <phase> <table root>` prints a line of JSON. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { loadTableState } from '../../src/delta/load-table-state.ts';
import { activeFiles } from '../../src/delta/log/active-files.ts';
import { commitTransaction } from '../../src/delta/commit/transaction.ts';
import { checkpointTable } from '../../src/ingest/commit/checkpoint-table.ts';
import { readParquetRows } from '../../src/lake/table/table-log.ts';
import { LocalObjectStore } from '../../src/storage/local-object-store.ts';
import { printMeasured } from '../measured-process.ts';
import { logAdd } from './make-log.ts';

const [phase = '', root = ''] = process.argv.slice(2);
const store = new LocalObjectStore(root);

const phases: Readonly<Record<string, () => Promise<string>>> = {
  open: async () => `version ${String((await loadTableState(store, { readParquetRows }))?.version)}`,
  commit: async () => {
    const base = await loadTableState(store, { readParquetRows });
    const startedAt = performance.now();
    const outcome = await commitTransaction(store, {
      base,
      check: () => undefined,
      actions: () => [{ add: logAdd(randomUUID(), 0) }],
      commitInfo: { operation: 'STREAMING UPDATE' },
      readParquetRows,
    });
    const ms = performance.now() - startedAt;
    return `${outcome.kind}, of which the commit itself ${ms.toFixed(1)} ms`;
  },
  files: async () => {
    const state = await loadTableState(store, { readParquetRows });
    let files = 0;
    if (state) for await (const file of activeFiles(store, state, { readParquetRows })) files += file.size > 0 ? 1 : 0;
    return `${files} files`;
  },
  checkpoint: async () => {
    const scratchFolder = join(tmpdir(), `kafka-bronze-bench-${randomUUID()}`);
    const written = await checkpointTable({ tableRoot: root, scratchFolder, memoryBytes: 512 * 1024 * 1024 });
    return written ? `${written.files} files, ${Math.round(written.sizeBytes / 1e6)} MB` : 'none needed';
  },
};

const work = phases[phase];
if (work === undefined) throw new Error(`${phase} is none of ${Object.keys(phases).join(', ')}`);
await printMeasured(work);
