import type { Offset } from '../batch/offset-range.ts';

/** How far the table of a lane is behind its topic, by topic partition. */
export type LaneLag = readonly PartitionLag[];

export interface PartitionLag {
  readonly partition: number;
  /** What the table holds: the exclusive end of what is committed. */
  readonly storedOffset: Offset;
  /** Where the topic partition ends; the last stable offset under `read_committed`. */
  readonly endOffset: Offset;
}
