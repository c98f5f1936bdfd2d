import { BronzeError } from '../../src/errors.ts';
import type {
  ByteRange,
  ObjectEntry,
  ObjectStore,
  PutIfAbsentOutcome,
  UnfinishedSweep,
} from '../../src/storage/object-store.ts';

/** What becomes of one `putIfAbsent`: the real outcome unless a fault stands in its place. */
export type PutFault = (put: () => Promise<PutIfAbsentOutcome>, path: string) => Promise<PutIfAbsentOutcome>;

/** A real store whose conditional creates meet the given faults, one each in order, and whose reads can fail. */
export class FailingStore implements ObjectStore {
  readonly root: string;
  readonly #inner: ObjectStore;
  readonly #faults: PutFault[];
  readonly #late: (() => Promise<PutIfAbsentOutcome>)[] = [];
  unreachable = false;
  /** Every conditional create that was asked for. */
  readonly puts: { readonly path: string; readonly bytes: Uint8Array }[] = [];

  constructor(inner: ObjectStore, faults: readonly PutFault[]) {
    this.root = inner.root;
    this.#inner = inner;
    this.#faults = [...faults];
  }

  async putIfAbsent(path: string, bytes: Uint8Array): Promise<PutIfAbsentOutcome> {
    this.puts.push({ path, bytes });
    const put = (): Promise<PutIfAbsentOutcome> => this.#inner.putIfAbsent(path, bytes);
    const fault = this.#faults.shift();
    if (fault) return fault(put, path);
    this.#check();
    return put();
  }

  get(path: string): Promise<Uint8Array | undefined> {
    this.#check();
    return this.#inner.get(path);
  }

  getRange(path: string, range: ByteRange): Promise<Uint8Array | undefined> {
    this.#check();
    return this.#inner.getRange(path, range);
  }

  head(path: string): Promise<ObjectEntry | undefined> {
    this.#check();
    return this.#inner.head(path);
  }

  list(prefix: string, startAfter?: string): AsyncIterable<ObjectEntry> {
    this.#check();
    return this.#inner.list(prefix, startAfter);
  }

  listFolders(folder: string): AsyncIterable<string> {
    this.#check();
    return this.#inner.listFolders(folder);
  }

  put(path: string, bytes: Uint8Array): Promise<void> {
    return this.#inner.put(path, bytes);
  }

  putFile(path: string, localFile: string): Promise<void> {
    return this.#inner.putFile(path, localFile);
  }

  getFile(path: string, localFile: string): Promise<boolean> {
    this.#check();
    return this.#inner.getFile(path, localFile);
  }

  delete(path: string): Promise<void> {
    return this.#inner.delete(path);
  }

  sweepUnfinished(sweep: UnfinishedSweep): Promise<number | undefined> {
    return this.#inner.sweepUnfinished(sweep);
  }

  readerUrl(path: string): string | undefined {
    return this.#inner.readerUrl(path);
  }

  /** A fault whose request lands only when {@link landLate} is called; until then it looks as if it was lost. */
  readonly delayed: PutFault = (put) => {
    this.#late.push(put);
    return Promise.resolve({ kind: 'unknown', cause: new Error('timed out') });
  };

  /** Lets the delayed requests reach the store now. */
  async landLate(): Promise<PutIfAbsentOutcome[]> {
    return Promise.all(this.#late.splice(0).map((put) => put()));
  }

  #check(): void {
    if (this.unreachable) throw new BronzeError('STORAGE_UNAVAILABLE', 'the store cannot be reached');
  }
}

/** The request succeeds; its answer is lost. */
export const answerLost: PutFault = async (put) => {
  await put();
  return { kind: 'unknown', cause: new Error('connection reset') };
};

/** The request never arrives. */
export const requestLost: PutFault = () => Promise.resolve({ kind: 'unknown', cause: new Error('connection reset') });

/** A retry below us meets our own success, as an SDK that retries by itself does. */
export const ownSuccessTakenForAnother: PutFault = async (put) => {
  await put();
  return { kind: 'exists' };
};

/** The request succeeds and the store throws all the same. */
export const throwsAfterSuccess: PutFault = async (put) => {
  await put();
  throw new BronzeError('STORAGE_UNAVAILABLE', '503');
};

/** Another writer takes the name first. */
export function takenBy(rival: () => Promise<unknown>): PutFault {
  return async (put) => {
    await rival();
    return put();
  };
}
