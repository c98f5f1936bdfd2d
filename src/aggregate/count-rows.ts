import type { SqlSession } from './compiled-output.ts';

/** `from`: a relation, and what follows it in SQL. */
export async function countRows(session: SqlSession, from: string): Promise<number> {
  const [[count] = []] = await session.rows(`SELECT count(*) FROM ${from}`, 'count rows');
  return Number(count);
}
