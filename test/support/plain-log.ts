import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { DataType } from '../../src/model/table/table-schema.ts';

/** A table as its log tells it to somebody who has nothing but the protocol's text: none of the project's readers. */
export interface PlainTable {
  readonly files: readonly PlainFile[];
  readonly schemaString: string;
  readonly fields: readonly PlainField[];
  readonly partitionColumns: readonly string[];
  /** Of files that were taken out again. */
  readonly removedFiles: number;
}

export interface PlainFile {
  readonly path: string;
  readonly partitionValues: Readonly<Record<string, string | null>>;
  readonly stats: string;
}

export interface PlainField {
  readonly name: string;
  readonly type: DataType;
}

const add = z.object({
  path: z.string(),
  partitionValues: z.record(z.string(), z.string().nullable()),
  stats: z.string(),
});
const entry = z.object({
  add: add.optional(),
  remove: z.object({ path: z.string() }).optional(),
  metaData: z.object({ schemaString: z.string(), partitionColumns: z.array(z.string()) }).optional(),
});
const schema = z.object({ fields: z.array(z.object({ name: z.string(), type: z.custom<DataType>() })) });

/** Replays `_delta_log/*.json`. */
export async function readPlainLog(tableRoot: string): Promise<PlainTable> {
  const folder = join(tableRoot, '_delta_log');
  const commits = (await readdir(folder)).filter((name) => /^\d{20}\.json$/.test(name)).toSorted();
  const files = new Map<string, PlainFile>();
  let metaData: z.infer<typeof entry>['metaData'];
  let removedFiles = 0;
  for (const commit of commits) {
    for (const line of (await readFile(join(folder, commit), 'utf8')).split('\n')) {
      if (line.trim() === '') continue;
      const action = entry.parse(JSON.parse(line));
      metaData = action.metaData ?? metaData;
      if (action.remove && files.delete(action.remove.path)) removedFiles += 1;
      if (action.add)
        files.set(action.add.path, { ...action.add, path: join(tableRoot, decodeURIComponent(action.add.path)) });
    }
  }
  if (!metaData) throw new Error(`the log in ${folder} has no metaData`);
  const { schemaString, partitionColumns } = metaData;
  const { fields } = schema.parse(JSON.parse(schemaString));
  return { files: [...files.values()], schemaString, fields, partitionColumns, removedFiles };
}
