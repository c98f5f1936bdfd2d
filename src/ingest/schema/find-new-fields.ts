import type { NewFields } from '../../decode/new-fields.ts';
import type { EngineSession } from '../../engine/session.ts';
import { hidden, isRow } from '../../model/pipeline/pipeline-step.ts';

/** Takes the new fields of a staged table: only records that become rows say what columns there are. */
export async function findNewFields(session: EngineSession, table: string, into: NewFields): Promise<void> {
  const found = `SELECT unnest(${hidden.newFields}) AS f FROM ${table} WHERE ${hidden.newFields} IS NOT NULL AND ${isRow}`;
  const sql = `SELECT f.pointer, CAST(f."value" AS VARCHAR) FROM (${found})`;
  for await (const [pointers = [], values = []] of session.columns(sql, 'find new fields')) {
    pointers.forEach((pointer, index) => {
      into.add(String(pointer), String(values[index]));
    });
  }
}
