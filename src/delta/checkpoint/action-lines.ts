import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { duckType, quoteIdentifier, quoteLiteral } from '../../model/pipeline/sql-text.ts';
import type { DataType } from '../../model/table/table-schema.ts';

/** A local file with a JSON object on each line. */
export interface LinesFile {
  readonly path: string;
  readonly longestLineBytes: number;
}

export async function writeLines(path: string, lines: AsyncIterable<string> | Iterable<string>): Promise<LinesFile> {
  const stream = createWriteStream(path);
  const ended = finished(stream);
  let longestLineBytes = 0;
  for await (const line of lines) {
    longestLineBytes = Math.max(longestLineBytes, Buffer.byteLength(line));
    if (!stream.write(`${line}\n`)) await Promise.race([once(stream, 'drain'), ended]);
  }
  stream.end();
  await ended;
  return { path, longestLineBytes };
}

/** SQL of a table of these columns. The reader's buffer is twice the longest line, so it is told how long that is. */
export function linesSource(file: LinesFile, columns: Readonly<Record<string, DataType>>): string {
  const types = Object.entries(columns).map(
    ([name, type]) => `${quoteIdentifier(name)}: ${quoteLiteral(duckType(type))}`,
  );
  const objectBytes = Math.max(1024 * 1024, file.longestLineBytes + 2);
  return `read_json(${quoteLiteral(file.path)}, format = 'newline_delimited', maximum_object_size = ${objectBytes}, columns = {${types.join(', ')}})`;
}
