import { fileURLToPath } from 'node:url';
import { BronzeError } from '../errors.ts';
import { LocalObjectStore } from './local-object-store.ts';
import type { ObjectStore } from './object-store.ts';
import { isS3Url } from './s3-location.ts';
import { openS3ObjectStore } from './s3-object-store.ts';

/**
 * The store of a table root: a folder's path, a `file://` URL or an `s3://` URL. How S3 is reached is in this process's
 * environment, which the processes that it starts inherit.
 * @throws BronzeError `TABLE_FEATURE_UNSUPPORTED` for every other kind of URL, `STORAGE_MISCONFIGURED`.
 */
export function openObjectStore(root: string): ObjectStore {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(root)?.[1]?.toLowerCase();
  if (scheme === undefined) return new LocalObjectStore(root);
  if (scheme === 'file') return new LocalObjectStore(fileURLToPath(root));
  if (isS3Url(root)) return openS3ObjectStore(root, process.env);
  throw new BronzeError(
    'TABLE_FEATURE_UNSUPPORTED',
    `${root}: tables on ${scheme}:// are not supported; use a folder's path or an s3:// URL`,
  );
}
