import { setTimeout } from 'node:timers/promises';
import { runQuery } from '../../src/lake/query/query.ts';
import { collect } from './collect.ts';
import { numbered } from './messages.ts';
import type { TestTopic } from './kafka.ts';

/** Sends records, some every so often, until the other program is done; gives how many there are then. */
export async function sendWhile(
  topic: TestTopic,
  partitions: number,
  other: Promise<unknown>,
  intervalMs: number,
  count = 40,
): Promise<number> {
  const progress = { isDone: false };
  const done = other.finally(() => (progress.isDone = true));
  let sent = 0;
  while (!progress.isDone) {
    await topic.send(...numbered(count, partitions, sent));
    sent += count;
    await Promise.race([done.catch(() => undefined), setTimeout(intervalMs)]);
  }
  await done;
  return sent;
}

/** Rows of the table that the SQL selects from `t`. */
export async function rowsOf(root: string, sql: string): Promise<readonly (readonly unknown[])[]> {
  const slash = root.lastIndexOf('/');
  const [lake, name] = [root.slice(0, slash), root.slice(slash + 1)];
  return runQuery(sql.replace('FROM t', `FROM "${name}"`), { lake }, async ({ blocks }) =>
    (await collect(blocks)).flat(),
  );
}
