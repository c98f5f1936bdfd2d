import { randomUUID } from 'node:crypto';
import { open, statfs, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { BronzeError } from '../../errors.ts';
import type { ByteRange, ObjectStore } from '../../storage/object-store.ts';
import { columnRanges, joinRanges, type ColumnRange } from './column-ranges.ts';
import { neededColumns } from './needed-columns.ts';

/** A file of a store that is not on this machine, and what of it the local copy has. */
interface RemoteFile {
  readonly store: ObjectStore;
  readonly path: string;
  sizeBytes: number;
  /** As large as the original, with holes for what was not needed yet. */
  readonly copy: string;
  readonly readWhole: boolean;
  /** Where its columns are, once the footer was read. */
  columns?: readonly ColumnRange[];
  readonly brought: Set<string>;
}

interface CopyOptions {
  /** Asked for where it is not given. */
  readonly sizeBytes?: number;
  /** Whatever reads the file gets all of its columns. */
  readonly readWhole?: boolean;
}

/**
 * Local copies of Parquet files, for a DuckDB that cannot read from a store by itself. A copy begins empty; before a
 * statement runs, the columns that its plan reads are fetched into it. A hole is never taken for data: pages begin with
 * a header that zeros are not.
 */
export class RemoteFiles {
  readonly #connection: DuckDBConnection;
  readonly #folder: string;
  readonly #files: RemoteFile[] = [];
  /** By the name of the original; two can ask for one at the same time. */
  readonly #copies = new Map<string, Promise<string>>();

  /** `folder` is the session's own; it removes it. */
  constructor(connection: DuckDBConnection, folder: string) {
    this.#connection = connection;
    this.#folder = folder;
  }

  /**
   * The path under which DuckDB reads an object of any store.
   * @throws BronzeError `TABLE_CORRUPT` where there is none.
   */
  async localPath(store: ObjectStore, path: string, options: CopyOptions = {}): Promise<string> {
    const inPlace = store.readerUrl(path);
    if (inPlace !== undefined) return inPlace;
    const name = `${store.root}/${path}`;
    const copy = this.#copies.get(name) ?? this.#startCopy(store, path, options);
    this.#copies.set(name, copy);
    return copy;
  }

  async #startCopy(store: ObjectStore, path: string, { sizeBytes, readWhole = false }: CopyOptions): Promise<string> {
    const size = sizeBytes ?? (await store.head(path))?.sizeBytes;
    if (size === undefined) throw new BronzeError('TABLE_CORRUPT', `${store.root}/${path} is not there`);
    const copy = join(this.#folder, `${randomUUID()}.parquet`);
    await using file = await open(copy, 'wx');
    await file.truncate(size);
    this.#files.push({ store, path, sizeBytes: size, copy, readWhole, brought: new Set() });
    return copy;
  }

  /**
   * Fetches what a statement reads.
   * @throws BronzeError `USAGE` where that does not fit on the disk, `TABLE_CORRUPT` where a file is missing.
   */
  async bringFor(sql: string): Promise<void> {
    const files = this.#files;
    if (files.length === 0) return;
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
    if (!(await bringTail(file, copy))) {
      // Not every writer tells sizes right.
      file.sizeBytes = (await file.store.head(file.path))?.sizeBytes ?? file.sizeBytes;
      await copy.truncate(file.sizeBytes);
      await bringTail(file, copy);
    }
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

/** Fetches the footer, and the mark at the beginning; false where the file does not end like a Parquet file. */
async function bringTail(file: RemoteFile, copy: FileHandle): Promise<boolean> {
  const { sizeBytes } = file;
  if (sizeBytes === 0) return false;
  const range = { start: Math.max(0, sizeBytes - tailBytes), end: sizeBytes };
  const tail = await file.store.getRange(file.path, range);
  if (!tail) throw missing(file, 'is not there');
  // The file ends with the length of the footer and the mark PAR1 (parquet-format, File Format), and begins with it.
  const end = Buffer.from(tail.slice(-8));
  if (tail.length !== range.end - range.start || end.toString('latin1', 4) !== 'PAR1') return false;
  await copy.write(tail, 0, tail.length, range.start);
  const footerBytes = end.readUInt32LE(0) + 8;
  if (footerBytes > tail.length)
    await bring(file, copy, { start: Math.max(0, sizeBytes - footerBytes), end: sizeBytes });
  if (range.start > 0) await bring(file, copy, { start: 0, end: 4 });
  return true;
}

async function bring(file: RemoteFile, copy: FileHandle, range: ByteRange): Promise<void> {
  const bytes = await file.store.getRange(file.path, range);
  if (!bytes) throw missing(file, 'is not there');
  if (bytes.length !== range.end - range.start) throw missing(file, 'ends before its columns do');
  await copy.write(bytes, 0, bytes.length, range.start);
}

function missing({ store, path }: RemoteFile, what: string): BronzeError {
  return new BronzeError('TABLE_CORRUPT', `${store.root}: the log names ${path}, which ${what}`);
}

async function atATime<T>(items: readonly T[], count: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = [...items];
  const lane = async (): Promise<void> => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: count }, lane));
}
