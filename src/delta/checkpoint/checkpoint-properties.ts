import type { MetaDataAction, ProtocolAction } from '../actions.ts';

/** What a table's properties say of its checkpoints. */
export interface CheckpointProperties {
  /** Commits from one checkpoint to the next. */
  readonly interval: number;
  readonly tombstoneRetentionMs: number;
  readonly statsAsJson: boolean;
  readonly statsAsStruct: boolean;
  readonly format: 'classic' | 'v2';
}

const defaultInterval = 10;
const defaultTombstoneRetentionMs = 7 * 24 * 60 * 60 * 1000;

/** A property that cannot be read counts as absent: a checkpoint is never worth an error. */
export function checkpointProperties(table: {
  readonly protocol: ProtocolAction;
  readonly metaData: MetaDataAction;
}): CheckpointProperties {
  const { configuration } = table.metaData;
  const interval = Number(configuration['delta.checkpointInterval']);
  const policy = configuration['delta.checkpointPolicy'] ?? 'v2';
  const mayBeV2 = table.protocol.writerFeatures?.includes('v2Checkpoint') === true;
  return {
    interval: Number.isSafeInteger(interval) && interval > 0 ? interval : defaultInterval,
    tombstoneRetentionMs:
      intervalMs(configuration['delta.deletedFileRetentionDuration'] ?? '') ?? defaultTombstoneRetentionMs,
    statsAsJson: configuration['delta.checkpoint.writeStatsAsJson']?.toLowerCase() !== 'false',
    statsAsStruct: configuration['delta.checkpoint.writeStatsAsStruct']?.toLowerCase() === 'true',
    format: mayBeV2 && policy === 'v2' ? 'v2' : 'classic',
  };
}

const unitsMs: Readonly<Record<string, number>> = {
  week: 604_800_000,
  day: 86_400_000,
  hour: 3_600_000,
  minute: 60_000,
  second: 1000,
  millisecond: 1,
  microsecond: 0.001,
};

/** Milliseconds of `interval 1 week` or `interval 2 days 3 hours`; `undefined` for what is no interval of that kind. */
function intervalMs(text: string): number | undefined {
  const words = text
    .trim()
    .toLowerCase()
    .replace(/^interval\s+/, '')
    .split(/\s+/);
  if (words.length < 2 || words.length % 2 !== 0) return undefined;
  let totalMs = 0;
  for (let at = 0; at < words.length; at += 2) {
    const amount = Number(words[at]);
    const unitMs = unitsMs[words[at + 1]?.replace(/s$/, '') ?? ''];
    if (!Number.isFinite(amount) || unitMs === undefined) return undefined;
    totalMs += amount * unitMs;
  }
  return totalMs;
}
