import type { AddAction, DeletionVectorDescriptor } from '../../delta/actions.ts';
import type { ColumnMappingMode } from '../../model/table/column-mapping.ts';
import { locateDataFile, type FileLocation } from '../../delta/data-file-path.ts';
import { locateDeletionVector, readDeletedRows } from '../../delta/deletion-vector/deletion-vector.ts';
import { BronzeError } from '../../errors.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { openObjectStore } from '../../storage/open-object-store.ts';
import type { RemoteFiles } from '../remote/remote-files.ts';
import type { DataFile } from './table-view.ts';

/** What the log says of a file, whether it is in the table or left it. */
export type FileOfTable = Pick<AddAction, 'path' | 'partitionValues' | 'deletionVector'> & {
  /** Bytes. */
  readonly size?: number | undefined;
};

/** A file as the table's SQL view needs it. */
export async function dataFileOf(
  { files }: { readonly files: RemoteFiles },
  store: ObjectStore,
  { path, size: sizeBytes, partitionValues, deletionVector }: FileOfTable,
  mode: ColumnMappingMode,
): Promise<DataFile> {
  const file = objectAt(store, locateDataFile(path, store.root));
  // Under column mapping the files' own names of columns are not those that a plan speaks of.
  const url = await files.localPath(file.store, file.path, {
    readWhole: mode !== 'none',
    ...(sizeBytes === undefined ? {} : { sizeBytes }),
  });
  if (!deletionVector) return { url, partitionValues };
  return { url, partitionValues, deletedRows: () => deletedRowsOf(store, deletionVector) };
}

/**
 * The rows that a deletion vector of the table takes out of its file, ascending.
 * @throws BronzeError `TABLE_CORRUPT`
 */
export async function deletedRowsOf(
  store: ObjectStore,
  descriptor: DeletionVectorDescriptor,
): Promise<readonly bigint[]> {
  const location = locateDeletionVector(descriptor);
  if (location.kind === 'inline') return readDeletedRows(descriptor, location.bytes, `the log of ${store.root}`);
  const vector =
    location.kind === 'relative'
      ? { store, path: location.path }
      : objectAt(store, locateDataFile(location.uri, store.root));
  const place = `${vector.store.root}/${vector.path}`;
  const bytes = await vector.store.get(vector.path);
  if (!bytes) throw new BronzeError('TABLE_CORRUPT', `${store.root}: the deletion vector ${place} is not there`);
  return readDeletedRows(descriptor, bytes, place);
}

interface ObjectAt {
  readonly store: ObjectStore;
  readonly path: string;
}

function objectAt(store: ObjectStore, location: FileLocation): ObjectAt {
  if (location.kind === 'inside') return { store, path: location.path };
  const { url } = location;
  const isLocal = url.startsWith('/');
  if (isLocal !== store.root.startsWith('/')) {
    throw new BronzeError('TABLE_FEATURE_UNSUPPORTED', `${store.root} has a file in another kind of storage: ${url}`);
  }
  const folderEnd = url.lastIndexOf('/');
  return { store: openObjectStore(url.slice(0, folderEnd)), path: url.slice(folderEnd + 1) };
}
