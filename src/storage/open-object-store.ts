import { fileURLToPath } from 'node:url';
import { BronzeError } from '../errors.ts';
import { LocalObjectStore } from './local-object-store.ts';
import type { ObjectStore } from './object-store.ts';

/**
 * The store of a table root: a folder's path or a `file://` URL.
 * @throws BronzeError `TABLE_FEATURE_UNSUPPORTED` for every other kind of URL.
 */
export function openObjectStore(root: string): ObjectStore {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(root)?.[1]?.toLowerCase();
  if (scheme === undefined) return new LocalObjectStore(root);
  if (scheme === 'file') return new LocalObjectStore(fileURLToPath(root));
  throw new BronzeError(
    'TABLE_FEATURE_UNSUPPORTED',
    `${root}: tables on ${scheme}:// are not supported yet; use a folder's path or a file:// URL`,
  );
}
