/** PROTOCOL.md, File Types: everything of a table's log lies in this folder. */
export const logFolder = '_delta_log/';

/** A hint at a recent checkpoint (PROTOCOL.md, Last Checkpoint File). */
export const lastCheckpointPath = `${logFolder}_last_checkpoint`;

/** What a file of `_delta_log` is, told by its name. */
export type LogPath =
  | { readonly kind: 'commit'; readonly version: number }
  | { readonly kind: 'classicCheckpoint'; readonly version: number }
  | { readonly kind: 'multiPartCheckpoint'; readonly version: number; readonly part: number; readonly parts: number }
  | { readonly kind: 'uuidCheckpoint'; readonly version: number; readonly format: 'json' | 'parquet' }
  | { readonly kind: 'compaction'; readonly startVersion: number; readonly endVersion: number }
  | { readonly kind: 'checksum'; readonly version: number };

/** What an object of the store is to the log; `undefined` for all that is none of Delta's log files. */
export function parseLogPath(path: string): LogPath | undefined {
  const match = /^_delta_log\/(\d{20})\.([^/]+)$/.exec(path);
  const version = Number(match?.[1]);
  const rest = match?.[2];
  if (rest === undefined || !Number.isSafeInteger(version)) return undefined;
  if (rest === 'json') return { kind: 'commit', version };
  if (rest === 'crc') return { kind: 'checksum', version };
  if (rest === 'checkpoint.parquet') return { kind: 'classicCheckpoint', version };
  const named = /^checkpoint\.[0-9a-f-]{36}\.(json|parquet)$/i.exec(rest);
  if (named) return { kind: 'uuidCheckpoint', version, format: named[1] === 'json' ? 'json' : 'parquet' };
  const parts = /^checkpoint\.(\d{10})\.(\d{10})\.parquet$/.exec(rest);
  if (parts) return { kind: 'multiPartCheckpoint', version, part: Number(parts[1]), parts: Number(parts[2]) };
  const compacted = /^(\d{20})\.compacted\.json$/.exec(rest);
  if (compacted) return { kind: 'compaction', startVersion: version, endVersion: Number(compacted[1]) };
  return undefined;
}

export function commitPath(version: number): string {
  return `${versionPrefix(version)}.json`;
}

export function classicCheckpointPath(version: number): string {
  return `${versionPrefix(version)}.checkpoint.parquet`;
}

/** A checkpoint of a V2 table: as many as there are writers may have the same version (PROTOCOL.md, UUID-named). */
export function uuidCheckpointPath(version: number, uuid: string): string {
  return `${versionPrefix(version)}.checkpoint.${uuid}.parquet`;
}

/** PROTOCOL.md, Sidecar Files. */
export function sidecarPath(name: string): string {
  return `${logFolder}_sidecars/${name}`;
}

export function compactionPath(startVersion: number, endVersion: number): string {
  return `${versionPrefix(startVersion)}.${String(endVersion).padStart(20, '0')}.compacted.json`;
}

/** Where the files of a version begin in the order of paths. */
export function versionPrefix(version: number): string {
  return `${logFolder}${String(version).padStart(20, '0')}`;
}
