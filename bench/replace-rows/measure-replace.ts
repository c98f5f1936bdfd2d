import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReplaceStrategy } from '../../src/ingest/replace-rows/replace-request.ts';
import { measuredHeading, measuredLine } from '../measured-process.ts';
import { makeTable } from './keyed-table.ts';

/** Where the keys are that rows are replaced by: all over the table, or next to each other. */
export type KeyPlaces = 'spread' | 'side by side';

const places: readonly KeyPlaces[] = ['spread', 'side by side'];
const strategies: readonly ReplaceStrategy[] = ['deletionVectors', 'copyOnWrite'];

/** Time and memory of replacing rows of a table by key, as outputs do; nothing is committed, so all find the same table. */
export async function measureReplace(size: { readonly rows: number; readonly keys: number }): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-bronze-bench-replace-'));
  try {
    const root = join(folder, 'table');
    const { files, bytes } = await makeTable(root, size.rows, join(folder, 'engine'));
    console.log(`${size.keys} of ${size.rows} rows, ${files} files of ${Math.round(bytes / 1e6 / files)} MB\n`);
    console.log(measuredHeading);
    for (const place of places) {
      for (const strategy of strategies) {
        const args = [root, join(folder, 'engine'), String(size.rows), String(size.keys), place, strategy];
        console.log(await measuredLine(`${place}, ${strategy}`, join(import.meta.dirname, 'replace.ts'), ...args));
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
