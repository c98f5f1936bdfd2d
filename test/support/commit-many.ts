import { loadTableState } from '../../src/delta/load-table-state.ts';
import type { TableState } from '../../src/delta/table-state.ts';
import { commitTransaction } from '../../src/delta/commit/transaction.ts';
import { openObjectStore } from '../../src/storage/open-object-store.ts';
import { addOf } from './delta-table.ts';

/**
 * A program: commits one file after the other into a table, counting them in a transaction identifier of its own and,
 * like a shared counter, in one that all writers move. Prints a line per commit. Arguments: root, writer, commits.
 */
const [root = '', writer = '', commits = '0'] = process.argv.slice(2);
const store = openObjectStore(root);
let base: TableState | undefined = await loadTableState(store);

for (let number = 1; number <= Number(commits); number += 1) {
  const outcome = await commitTransaction(store, {
    base,
    check: (latest) => (BigInt(latest?.txns.get(writer) ?? 0) === BigInt(number - 1) ? undefined : 'not next'),
    actions: (latest) => [
      { add: addOf(`${writer}-${number}`) },
      { txn: { appId: writer, version: `${BigInt(number)}` } },
      { txn: { appId: 'shared', version: `${BigInt(latest?.txns.get('shared') ?? 0) + 1n}` } },
    ],
    commitInfo: { operation: 'STREAMING UPDATE' },
  });
  if (outcome.kind === 'refused') throw new Error(`${writer}: ${outcome.reason}`);
  base = outcome.state;
  process.stdout.write(`${outcome.version}\n`);
}
