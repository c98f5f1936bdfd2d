import type { LogPath } from './log-path.ts';

/** A checkpoint of which every file is in the log's folder. */
export interface ListedCheckpoint {
  readonly version: number;
  /** Of its top-level files, which may name sidecars (PROTOCOL.md, V2 Spec). */
  readonly format: 'json' | 'parquet';
  /** Paths in the store: one, or all parts of a multi-part checkpoint. */
  readonly paths: readonly string[];
}

/** Collects the checkpoints of a listing; for each version it keeps one that is complete. */
export class CheckpointListing {
  readonly #complete = new Map<number, ListedCheckpoint>();
  readonly #parts = new Map<string, (string | undefined)[]>();

  add(file: LogPath, path: string): void {
    switch (file.kind) {
      case 'classicCheckpoint':
        this.#complete.set(file.version, { version: file.version, format: 'parquet', paths: [path] });
        return;
      case 'uuidCheckpoint':
        this.#offer({ version: file.version, format: file.format, paths: [path] });
        return;
      case 'multiPartCheckpoint':
        this.#addPart(file, path);
        return;
      case 'commit':
      case 'compaction':
      case 'checksum':
    }
  }

  /** Ascending. */
  all(): ListedCheckpoint[] {
    return [...this.#complete.values()].toSorted((left, right) => left.version - right.version);
  }

  #addPart(file: Extract<LogPath, { readonly kind: 'multiPartCheckpoint' }>, path: string): void {
    const key = `${file.version}/${file.parts}`;
    const parts = this.#parts.get(key) ?? Array.from({ length: file.parts }, () => undefined);
    this.#parts.set(key, parts);
    if (file.part < 1 || file.part > file.parts) return;
    parts[file.part - 1] = path;
    const paths = parts.filter((part) => part !== undefined);
    if (paths.length === file.parts) this.#offer({ version: file.version, format: 'parquet', paths });
  }

  /** All checkpoints of a version say the same, so the first one will do. */
  #offer(checkpoint: ListedCheckpoint): void {
    if (!this.#complete.has(checkpoint.version)) this.#complete.set(checkpoint.version, checkpoint);
  }
}
