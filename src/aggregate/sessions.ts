import { hiddenPrefix } from '../model/pipeline/pipeline-step.ts';
import { column } from './names.ts';

/** The number of a session among those of its key. */
export const sessionNumber = `"${hiddenPrefix}session"`;
const opens = `"${hiddenPrefix}opens"`;

/**
 * SQL: the rows of a relation with `start`, `end` and keys, and the session that each belongs to. Sessions that overlap or
 * touch are one, as in Spark. Of rows that are the same by time one opens the session, and all are counted into it.
 */
export function numberedSessions(relation: string, keys: readonly string[]): string {
  const order = `PARTITION BY ${keys.join(', ')} ORDER BY ${column.start}, ${column.end}`;
  const reach = `max(${column.end}) OVER (${order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`;
  return (
    `SELECT *, sum(${opens}) OVER (${order} RANGE UNBOUNDED PRECEDING) AS ${sessionNumber} FROM ` +
    `(SELECT *, CASE WHEN ${column.start} <= ${reach} THEN 0 ELSE 1 END AS ${opens} FROM ${relation})`
  );
}
