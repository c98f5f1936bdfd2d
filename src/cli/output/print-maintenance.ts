import type { WrittenCheckpoint } from '../../delta/checkpoint/write-checkpoint.ts';
import type { CleanedTable } from '../../maintain/clean-up-table.ts';
import type { OptimizeOutcome } from '../../maintain/optimize-table.ts';
import type { VacuumOutcome } from '../../maintain/vacuum-table.ts';
import { formatDuration } from '../../spec/yaml/durations.ts';
import { formatBytes, formatCount } from './units.ts';

/** `bronze table optimize` for people. */
export function renderOptimized(outcome: OptimizeOutcome, dryRun: boolean): string {
  const { bins, removedFiles, removedBytes, addedFiles, addedBytes, lostBins, version } = outcome;
  if (bins === 0) return 'nothing to join: no two small files have the same partition value';
  const removed = `${formatCount(removedFiles)} files (${formatBytes(removedBytes)})`;
  if (dryRun) return `would join ${removed} in ${formatCount(bins)} groups`;
  const lost = `${formatCount(lostBins)} of ${formatCount(bins)} groups were left as they are: another writer changed them meanwhile`;
  if (version === undefined) return lost;
  const joined = `joined ${removed} into ${formatCount(addedFiles)} (${formatBytes(addedBytes)}), up to version ${formatCount(version)}`;
  return lostBins === 0 ? joined : `${joined}\n${lost}`;
}

/** `bronze table vacuum` for people. */
export function renderVacuumed(outcome: VacuumOutcome, dryRun: boolean): string {
  const { listedFiles, deletedFiles, deletedBytes, retentionMs, unfinishedWrites = 0, samplePaths } = outcome;
  const [did, older] = [dryRun ? 'would delete' : 'deleted', formatDuration(retentionMs)];
  const further = deletedFiles - samplePaths.length;
  return [
    `${did} ${formatCount(deletedFiles)} of ${formatCount(listedFiles)} files (${formatBytes(deletedBytes)}), left for longer than ${older}`,
    ...samplePaths.map((path) => `  ${path}`),
    ...(further > 0 ? [`  and ${formatCount(further)} more`] : []),
    ...(unfinishedWrites > 0 ? [`${did} ${formatCount(unfinishedWrites)} writes that never ended`] : []),
  ].join('\n');
}

/** `bronze table checkpoint` for people. */
export function renderCheckpoint(written: WrittenCheckpoint | undefined): string {
  if (!written) return 'nothing to do: the newest version has a checkpoint';
  const { version, files, sizeBytes } = written;
  return `wrote a checkpoint of version ${formatCount(version)}: ${formatCount(files)} files of the table (${formatBytes(sizeBytes)})`;
}

/** `bronze table cleanup` for people. */
export function renderCleanedUp({ checkpoint, log }: CleanedTable, dryRun: boolean): string {
  const written =
    checkpoint === undefined ? [] : [`wrote a checkpoint of version ${formatCount(checkpoint)}, which was due`];
  if (log.kind === 'disabled') {
    return [...written, 'left the log as it is: the table sets delta.enableExpiredLogCleanup to false'].join('\n');
  }
  const { deletedFiles, deletedBytes, firstVersion, retentionMs } = log;
  const older = `older than ${formatDuration(retentionMs)}`;
  if (firstVersion === undefined) {
    return [...written, `nothing to delete: no checkpoint is ${older}, or nothing lies before it`].join('\n');
  }
  const [did, begins] = dryRun ? ['would delete', 'would begin'] : ['deleted', 'begins'];
  const deleted = `${did} ${formatCount(deletedFiles)} files of the log (${formatBytes(deletedBytes)}), ${older}`;
  return [...written, `${deleted}; it ${begins} with version ${formatCount(firstVersion)}`].join('\n');
}
