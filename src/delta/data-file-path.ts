import { BronzeError } from '../errors.ts';
import type { DeletionVectorDescriptor } from './actions.ts';

/** Where a data file is: in the table's store, or, for a table that shares files of another, elsewhere. */
export type FileLocation =
  | { readonly kind: 'inside'; readonly path: string }
  /** Decoded: an absolute path, or a URL. */
  | { readonly kind: 'outside'; readonly url: string };

/**
 * What an `add.path` or `remove.path` names. It is a URI to be decoded, relative to the root or absolute (PROTOCOL.md,
 * Add File).
 * @throws BronzeError `TABLE_CORRUPT` for a broken escape.
 */
export function locateDataFile(actionPath: string, root: string): FileLocation {
  const path = canonicalPath(actionPath, root);
  const isAbsolute = path.startsWith('/') || urlScheme.test(path);
  return isAbsolute ? { kind: 'outside', url: path } : { kind: 'inside', path };
}

const urlScheme = /^[a-z][a-z0-9+.-]*:\//i;

/**
 * The path in the table's store that an `add.path` or `remove.path` names.
 * @throws BronzeError `TABLE_FEATURE_UNSUPPORTED` for a file outside of the root, `TABLE_CORRUPT` for a broken escape.
 */
export function dataFilePath(actionPath: string, root: string): string {
  const location = locateDataFile(actionPath, root);
  if (location.kind === 'inside') return location.path;
  throw new BronzeError('TABLE_FEATURE_UNSUPPORTED', `the table at ${root} holds a file outside of it: ${actionPath}`);
}

/** The `add.path` of a path in the store. Ours are plain ASCII, which this leaves as they are. */
export function actionPathOf(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/').replaceAll('%3D', '=');
}

/** A data file as one action speaks of it. */
export interface FileReference {
  /** URI-encoded as it stands in the log. */
  readonly path: string;
  readonly deletionVector?: DeletionVectorDescriptor;
}

/** What makes two actions speak of the same logical file. */
export interface LogicalFile {
  /** Relative to the root, or absolute for a file elsewhere. */
  readonly path: string;
  /** The id of its deletion vector; empty where it has none. */
  readonly vectorId: string;
}

export function logicalFile(file: FileReference, root: string): LogicalFile {
  return {
    path: canonicalPath(file.path, root),
    vectorId: file.deletionVector ? uniqueId(file.deletionVector) : '',
  };
}

/** A logical file as one text. */
export function logicalFileKey(file: FileReference, root: string): string {
  const { path, vectorId } = logicalFile(file, root);
  return vectorId === '' ? path : `${path}\0${vectorId}`;
}

/** PROTOCOL.md, Deletion Vectors, Derived Fields. */
function uniqueId({ storageType, pathOrInlineDv, offset }: DeletionVectorDescriptor): string {
  return offset === undefined ? `${storageType}${pathOrInlineDv}` : `${storageType}${pathOrInlineDv}@${offset}`;
}

/** Relative to the root for every file below it, however the log writes it. */
function canonicalPath(actionPath: string, root: string): string {
  const path = decode(actionPath).replace(/^file:(\/\/)?(?=\/)/, '');
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}

function decode(actionPath: string): string {
  if (!actionPath.includes('%')) return actionPath;
  try {
    return decodeURIComponent(actionPath);
  } catch (cause) {
    throw new BronzeError('TABLE_CORRUPT', `the log names a file by a broken URI: ${actionPath}`, { cause });
  }
}
