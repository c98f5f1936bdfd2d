import type { ObjectEntry, ObjectStore, PutIfAbsentOutcome } from '../../../src/storage/object-store.ts';
import type { Turns } from './turns.ts';

/** A table's objects in memory; each request waits for its turn. */
export class MemoryStore implements ObjectStore {
  readonly root: string;
  readonly #objects = new Map<string, Uint8Array>();
  readonly #turns: Turns;

  constructor(root: string, turns: Turns) {
    this.root = root;
    this.#turns = turns;
  }

  async get(path: string): Promise<Uint8Array | undefined> {
    await this.#turns.take(`get ${path}`);
    return this.#objects.get(path);
  }

  async putIfAbsent(path: string, bytes: Uint8Array): Promise<PutIfAbsentOutcome> {
    await this.#turns.take(`put if absent ${this.root} ${path}`);
    if (this.#objects.has(path)) return { kind: 'exists' };
    this.#objects.set(path, bytes);
    return { kind: 'created' };
  }

  async put(path: string, bytes: Uint8Array): Promise<void> {
    await this.#turns.take(`put ${path}`);
    this.#objects.set(path, bytes);
  }

  async *list(prefix: string, startAfter = ''): AsyncIterable<ObjectEntry> {
    await this.#turns.take(`list ${this.root} ${prefix}`);
    const found = [...this.#objects].filter(([path]) => path.startsWith(prefix) && path > startAfter);
    for (const [path, bytes] of found.toSorted(([left], [right]) => (left < right ? -1 : 1))) {
      yield { path, sizeBytes: bytes.length, modifiedAtMs: 0 };
    }
  }

  async head(path: string): Promise<ObjectEntry | undefined> {
    await this.#turns.take(`head ${path}`);
    const bytes = this.#objects.get(path);
    return bytes && { path, sizeBytes: bytes.length, modifiedAtMs: 0 };
  }

  async delete(path: string): Promise<void> {
    await this.#turns.take(`delete ${path}`);
    this.#objects.delete(path);
  }

  readerUrl(): undefined {
    return undefined;
  }

  getRange = unused;
  putFile = unused;
  getFile = unused;
  sweepUnfinished = unused;
  listFolders = (): never => unused();
}

function unused(): never {
  throw new Error('nothing that is simulated asks for this');
}
