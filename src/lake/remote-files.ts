import { randomUUID } from 'node:crypto';
import { open, statfs, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { BronzeError } from '../errors.ts';
import type { ByteRange, ObjectStore } from '../storage/object-store.ts';
import { columnRanges, joinRanges, type ColumnRange } from './column-ranges.ts';
import { neededColumns } from './needed-columns.ts';

/** A file of a store that is not on this machine, and what of it the local copy has. */
interface RemoteFile {
  readonly store: ObjectStore;
  readonly path: string;
  readonly sizeBytes: number;
  /** As large as the original, with holes for what was not needed yet. */
  readonly copy: string;
  readonly readWhole: boolean;
  /** Where its columns are, once the footer was read. */
  columns?: readonly ColumnRange[];
  readonly brought: Set<string>;
}

/**
 * Local copies of Parquet files, for a DuckDB that cannot read from a store by itself. A copy begins empty; before a
 * statement runs, the columns that its plan reads are fetched into it. A hole is never taken for data: pages begin with
 * a header that zeros are not.
 */
export class RemoteFiles {
  readonly #connection: DuckDBConnection;
  readonly #folder: string;
  readonly #files = new Map<string, RemoteFile>();

  /** `folder` is the session's own; it removes it. */
  constructor(connection: DuckDBConnection, folder: string) {
    this.#connection = connection;
    this.#folder = folder;
  }

  /**
   * The path under which DuckDB reads an object of any store. With `readWhole`, whatever reads it gets all columns.
   * @throws BronzeError `TABLE_CORRUPT` where there is none.
   */
  async localPath(
    store: ObjectStore,
    path: string,
    { sizeBytes, readWhole = false }: { readonly sizeBytes?: number; readonly readWhole?: boolean } = {},
  ): Promise<string> {
    const inPlace = store.readerUrl(path);
    if (inPlace !== undefined) return inPlace;
    const name = `${store.root}/${path}`;
    const known = this.#files.get(name);
    if (known) return known.copy;
    const size = sizeBytes ?? (await store.head(path))?.sizeBytes;
    if (size === undefined) throw new BronzeError('TABLE_CORRUPT', `${name} is not there`);
    const copy = join(this.#folder, `${randomUUID()}.parquet`);
    await using file = await open(copy, 'wx');
    await file.truncate(size);
    this.#files.set(name, { store, path, sizeBytes: size, copy, readWhole, brought: new Set() });
    return copy;
  }

  /**
   * Fetches what a statement reads.
   * @throws BronzeError `USAGE` where that does not fit on the disk, `TABLE_CORRUPT` where a file is missing.
   */
  async bringFor(sql: string): Promise<void> {
    if (this.#files.size === 0) return;
    const files = [...this.#files.values()];
    // Binding may look into the files, and every scan does.
    await atATime(
      files.filter(({ columns }) => !columns),
      readsAtATime,
      (file) => this.#bringFooter(file),
    );
    const isNeeded = await neededColumns(this.#connection, sql);
    if (!isNeeded) return;
    const wanted = files.flatMap((file) => {
      const { columns = [], readWhole, brought } = file;
      const missing = columns.filter(({ column }) => !brought.has(column) && (readWhole || isNeeded(column)));
      return missing.length === 0 ? [] : [{ file, missing, ranges: joinRanges(missing, maxGapBytes, maxReadBytes) }];
    });
    await this.#checkRoom(wanted.flatMap(({ ranges }) => ranges));
    await atATime(wanted, readsAtATime, async ({ file, missing, ranges }) => {
      await using copy = await open(file.copy, 'r+');
      for (const range of ranges) await bring(file, copy, range);
      for (const { column } of missing) file.brought.add(column);
    });
  }

  async #bringFooter(file: RemoteFile): Promise<void> {
    await using copy = await open(file.copy, 'r+');
    const { sizeBytes } = file;
    const tail = await bring(file, copy, { start: Math.max(0, sizeBytes - tailBytes), end: sizeBytes });
    // The file ends with the length of the footer and the mark PAR1 (parquet-format, File Format), and begins with it.
    const footerBytes = tail.length < 8 ? 0 : Buffer.from(tail).readUInt32LE(tail.length - 8) + 8;
    if (footerBytes > tail.length)
      await bring(file, copy, { start: Math.max(0, sizeBytes - footerBytes), end: sizeBytes });
    if (sizeBytes > tailBytes) await bring(file, copy, { start: 0, end: 4 });
    file.columns = await columnRanges(this.#connection, file.copy);
  }

  async #checkRoom(ranges: readonly ByteRange[]): Promise<void> {
    const neededBytes = ranges.reduce((sum, { start, end }) => sum + end - start, 0);
    const { bavail, bsize } = await statfs(this.#folder);
    if (neededBytes <= bavail * bsize * 0.9) return;
    const inMiB = (bytes: number): string => `${Math.ceil(bytes / 1024 / 1024)} MiB`;
    throw new BronzeError(
      'USAGE',
      `this reads ${inMiB(neededBytes)} of columns from S3, and ${this.#folder} has room for ${inMiB(bavail * bsize)}: ` +
        'read fewer columns, or name a folder with more room in TMPDIR',
    );
  }
}

const tailBytes = 64 * 1024;
const maxGapBytes = 128 * 1024;
const maxReadBytes = 8 * 1024 * 1024;
const readsAtATime = 8;

async function bring(file: RemoteFile, copy: FileHandle, range: ByteRange): Promise<Uint8Array> {
  const bytes = await file.store.getRange(file.path, range);
  if (bytes?.length !== range.end - range.start) {
    const what = bytes ? 'is shorter than the log says' : 'is not there';
    throw new BronzeError('TABLE_CORRUPT', `${file.store.root}: the log names ${file.path}, which ${what}`);
  }
  await copy.write(bytes, 0, bytes.length, range.start);
  return bytes;
}

async function atATime<T>(items: readonly T[], count: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const lane = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: count }, lane));
}
