/** A part of the log's history: the entry of a version, or a file that stands for the entries of several. */
export type LogPiece =
  { readonly kind: 'commit'; readonly version: number } | ({ readonly kind: 'compaction' } & CompactedRange);

/** Versions that one `x.y.compacted.json` stands for; both ends are in it (PROTOCOL.md, Log Compaction Files). */
export interface CompactedRange {
  readonly startVersion: number;
  readonly endVersion: number;
}

/** Covers consecutive commits with the fewest files: at each version the compaction that reaches farthest. */
export function piecesOf(commitVersions: readonly number[], compactions: readonly CompactedRange[]): LogPiece[] {
  const last = commitVersions.at(-1) ?? -1;
  const farthest = new Map<number, CompactedRange>();
  for (const range of compactions) {
    const known = farthest.get(range.startVersion);
    const isUsable = range.endVersion > range.startVersion && range.endVersion <= last;
    if (isUsable && (!known || known.endVersion < range.endVersion)) farthest.set(range.startVersion, range);
  }
  const pieces: LogPiece[] = [];
  let next = commitVersions[0] ?? 0;
  while (next <= last) {
    const range = farthest.get(next);
    pieces.push(range ? { kind: 'compaction', ...range } : { kind: 'commit', version: next });
    next = (range?.endVersion ?? next) + 1;
  }
  return pieces;
}
