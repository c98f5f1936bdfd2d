import type { AddAction } from '../delta/actions.ts';
import { physicalRecordCount } from '../delta/record-count.ts';
import type { Clustering } from '../model/job/maintenance.ts';

/** Files of one partition value that become one file, or a few. */
export interface FileBin {
  readonly files: readonly AddAction[];
  readonly sizeBytes: number;
}

export interface BinOptions {
  readonly targetFileSizeBytes: number;
  readonly clustering?: Clustering | undefined;
}

/** The tag of a file whose rows are clustered, so that they are not clustered again. */
export const clusteringTag = 'kafkaBronze.clustering';

export function clusteringText(clustering: Clustering): string {
  return `${clustering.kind}(${clustering.columns.join(', ')})`;
}

/** A file of which more is deleted is written anew without those rows, whatever its size. */
const mostDeleted = 0.1;

/** Sorting more at a time makes ranges narrower, and takes more memory. */
const clusteredTargets = 4;

/**
 * Packs the small files of each partition value into bins of about the target size, oldest first. Files above half of
 * the target stay: they would be written again and again as they grow towards it. With a clustering, files that are not
 * clustered by it are packed whatever their size. So are files of which deletion vectors took a good part.
 */
export function planBins(files: Iterable<AddAction>, { targetFileSizeBytes, clustering }: BinOptions): FileBin[] {
  const tag = clustering && clusteringText(clustering);
  const isClustered = (file: AddAction): boolean => tag === undefined || file.tags?.[clusteringTag] === tag;
  const mostBytes = targetFileSizeBytes * (clustering ? clusteredTargets : 1);
  const byPartition = new Map<string, AddAction[]>();
  for (const file of files) {
    if (!isHoled(file) && isClustered(file) && file.size > targetFileSizeBytes / 2) continue;
    const key = JSON.stringify(Object.entries(file.partitionValues).toSorted());
    const known = byPartition.get(key);
    if (known) known.push(file);
    else byPartition.set(key, [file]);
  }
  return [...byPartition.values()].flatMap((candidates) =>
    pack(candidates, mostBytes).filter(
      (bin) => bin.files.length > 1 || !bin.files.every(isClustered) || bin.files.some(isHoled),
    ),
  );
}

/** Statistics are there where a deletion vector is (PROTOCOL.md, Writer Requirement for Deletion Vectors). */
function isHoled(file: AddAction): boolean {
  const deleted = file.deletionVector?.cardinality ?? 0;
  return deleted > (physicalRecordCount(file) ?? 0) * mostDeleted;
}

function pack(candidates: readonly AddAction[], mostBytes: number): FileBin[] {
  const bins: { files: AddAction[]; sizeBytes: number }[] = [];
  for (const file of candidates.toSorted(byAge)) {
    const last = bins.at(-1);
    if (last && last.sizeBytes + file.size <= mostBytes) {
      last.files.push(file);
      last.sizeBytes += file.size;
    } else bins.push({ files: [file], sizeBytes: file.size });
  }
  return bins;
}

function byAge(left: AddAction, right: AddAction): number {
  return left.modificationTime - right.modificationTime || (left.path < right.path ? -1 : 1);
}
