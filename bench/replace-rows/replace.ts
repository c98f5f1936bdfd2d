/** Replaces rows once: `replace.ts <table root> <engine folder> <rows> <keys> <places> <strategy>`. */
import { loadTableState } from '../../src/delta/load-table-state.ts';
import { openObjectStore } from '../../src/storage/open-object-store.ts';
import { printMeasured } from '../measured-process.ts';
import { replace, rowsSql } from './keyed-table.ts';

const [root = '', engineFolder = '', rows = '', keys = '', places = '', strategy = ''] = process.argv.slice(2);
if (strategy !== 'copyOnWrite' && strategy !== 'deletionVectors') throw new Error(`${strategy} is no strategy`);
const state = await loadTableState(openObjectStore(root));
if (!state) throw new Error(`there is no table at ${root}`);
const count = Math.min(Number(keys), Number(rows));
const newRows =
  places === 'spread' ? rowsSql(count, 0, Math.floor(Number(rows) / count)) : rowsSql(count, Number(rows) - count);

await printMeasured(async () => {
  const replaced = await replace({ root, state, engineFolder, newRows, keyColumns: ['id'], strategy });
  const { removes, goneRows, writtenBytes } = replaced;
  return `${goneRows} rows of ${removes.length} files, ${(writtenBytes / 1e6).toFixed(1)} MB written`;
});
