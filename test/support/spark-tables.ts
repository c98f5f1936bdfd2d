import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Tables that Spark wrote, and what it reads from them. */
export const sparkTables: string = join(import.meta.dirname, '..', 'conformance', 'spark-tables');

/** They are packed, because the names of their files are such as not every tool can bear. */
export async function unpackSparkTables(folder: string): Promise<void> {
  await promisify(execFile)('tar', ['xzf', join(sparkTables, 'tables.tar.gz'), '-C', folder]);
}
