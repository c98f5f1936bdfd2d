import { unlink } from 'node:fs/promises';
import { assertObjectPath } from './object-path.ts';
import type { ByteRange, ObjectEntry, ObjectStore, PutIfAbsentOutcome, UnfinishedSweep } from './object-store.ts';
import { attempt, type S3Bucket } from './s3-bucket.ts';
import { sharedS3Clients } from './s3-clients.ts';
import { s3Connection } from './s3-connection.ts';
import { createObject } from './s3-create.ts';
import { isNoSuchKey } from './s3-errors.ts';
import { listFolders, listObjects } from './s3-list.ts';
import { formatS3Url, parseS3Url } from './s3-location.ts';
import { assertSafeCreation } from './s3-probe.ts';
import { downloadObject, readObject } from './s3-read.ts';
import { s3Sdk } from './s3-sdk.ts';
import { sweepUploads } from './s3-sweep.ts';
import { putWhole, uploadFile } from './s3-upload.ts';

/** A folder of a bucket of S3, or of a store that speaks its protocol. */
export class S3ObjectStore implements ObjectStore {
  readonly root: string;
  readonly #bucket: S3Bucket;
  readonly #prefix: string;

  constructor(bucket: S3Bucket, prefix: string) {
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.root = formatS3Url({ bucket: bucket.name, prefix });
  }

  async get(path: string): Promise<Uint8Array | undefined> {
    return (await readObject(this.#bucket, this.#key(path)))?.bytes;
  }

  async getRange(path: string, range: ByteRange): Promise<Uint8Array | undefined> {
    return (await readObject(this.#bucket, this.#key(path), { range }))?.bytes;
  }

  async putIfAbsent(path: string, bytes: Uint8Array): Promise<PutIfAbsentOutcome> {
    const key = this.#key(path);
    await assertSafeCreation(this.#bucket, this.#prefix);
    return createObject(this.#bucket, key, bytes);
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    const key = this.#key(path);
    await attempt(this.#bucket, 'writing', key, () => putWhole(this.#bucket, key, bytes));
  }

  async putFile(path: string, localFile: string): Promise<void> {
    await uploadFile(this.#bucket, this.#key(path), localFile);
    await unlink(localFile);
  }

  getFile(path: string, localFile: string): Promise<boolean> {
    return downloadObject(this.#bucket, this.#key(path), localFile);
  }

  async *list(prefix: string, startAfter = ''): AsyncIterable<ObjectEntry> {
    const folder = prefix.slice(0, Math.max(0, prefix.lastIndexOf('/')));
    if (folder !== '') assertObjectPath(folder);
    const after = startAfter === '' ? '' : this.#prefix + startAfter;
    for await (const entry of listObjects(this.#bucket, this.#prefix + prefix, after)) {
      const path = entry.path.slice(this.#prefix.length);
      // Some consoles stand for a folder with an empty object of its name and a slash.
      if (path !== '' && !path.endsWith('/')) yield { ...entry, path };
    }
  }

  listFolders(folder: string): AsyncIterable<string> {
    if (folder !== '') assertObjectPath(folder.slice(0, -1));
    return listFolders(this.#bucket, this.#prefix + folder);
  }

  async head(path: string): Promise<ObjectEntry | undefined> {
    const key = this.#key(path);
    return attempt(this.#bucket, 'looking for', key, async () => {
      try {
        const command = new (s3Sdk().HeadObjectCommand)({ Bucket: this.#bucket.name, Key: key });
        const { ContentLength, LastModified } = await this.#bucket.clients.data.send(command);
        return { path, sizeBytes: ContentLength ?? 0, modifiedAtMs: LastModified?.getTime() ?? 0 };
      } catch (error) {
        if (isNoSuchKey(error)) return undefined;
        throw error;
      }
    });
  }

  async delete(path: string): Promise<void> {
    const key = this.#key(path);
    const command = new (s3Sdk().DeleteObjectCommand)({ Bucket: this.#bucket.name, Key: key });
    await attempt(this.#bucket, 'deleting', key, () => this.#bucket.clients.data.send(command));
  }

  sweepUnfinished(sweep: UnfinishedSweep): Promise<number | undefined> {
    return sweepUploads(this.#bucket, this.#prefix, sweep);
  }

  /** The builds of DuckDB that npm has cannot read from S3 by themselves. */
  readerUrl(): undefined {
    return undefined;
  }

  #key(path: string): string {
    assertObjectPath(path);
    return this.#prefix + path;
  }
}

/** The store at an `s3://` URL, reached as the environment says. */
export function openS3ObjectStore(root: string, env: NodeJS.ProcessEnv): S3ObjectStore {
  const { bucket, prefix } = parseS3Url(root);
  const connection = s3Connection(env);
  return new S3ObjectStore({ name: bucket, clients: sharedS3Clients(connection), connection }, prefix);
}
