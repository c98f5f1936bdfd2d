import type { AddAction } from '../delta/actions.ts';
import type { Clustering } from '../model/maintenance.ts';

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

/** Sorting more at a time makes ranges narrower, and takes more memory. */
const clusteredTargets = 4;

/**
 * Packs the small files of each partition value into bins of about the target size, oldest first. Files above half of
 * the target stay: they would be written again and again as they grow towards it. With a clustering, files that are not
 * clustered by it are packed whatever their size. Files with deletion vectors stay out.
 */
export function planBins(files: Iterable<AddAction>, { targetFileSizeBytes, clustering }: BinOptions): FileBin[] {
  const tag = clustering && clusteringText(clustering);
  const isClustered = (file: AddAction): boolean => tag === undefined || file.tags?.[clusteringTag] === tag;
  const mostBytes = targetFileSizeBytes * (clustering ? clusteredTargets : 1);
  const byPartition = new Map<string, AddAction[]>();
  for (const file of files) {
    if (file.deletionVector || (isClustered(file) && file.size > targetFileSizeBytes / 2)) continue;
    const key = JSON.stringify(Object.entries(file.partitionValues).toSorted());
    const known = byPartition.get(key);
    if (known) known.push(file);
    else byPartition.set(key, [file]);
  }
  return [...byPartition.values()].flatMap((candidates) =>
    pack(candidates, mostBytes).filter((bin) => bin.files.length > 1 || !bin.files.every(isClustered)),
  );
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
