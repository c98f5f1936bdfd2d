import { expect, it } from 'vitest';
import { checkpointProperties } from '../../../../src/delta/checkpoint/checkpoint-properties.ts';

const metaData = { id: 'x', format: { provider: 'parquet', options: {} }, schemaString: '', partitionColumns: [] };

function properties(configuration: Record<string, string>, writerFeatures: string[] = []): object {
  const protocol = { minReaderVersion: 3, minWriterVersion: 7, writerFeatures };
  return checkpointProperties({ protocol, metaData: { ...metaData, configuration } });
}

const defaults = {
  interval: 10,
  tombstoneRetentionMs: 604_800_000,
  statsAsJson: true,
  statsAsStruct: false,
  format: 'classic',
};

it('has the defaults of Delta, also for what cannot be read', () => {
  expect(properties({})).toEqual(defaults);
  const odd = { 'delta.checkpointInterval': '0', 'delta.deletedFileRetentionDuration': 'interval 1 moon' };
  expect(properties(odd)).toEqual(defaults);
});

it.each([
  ['interval 1 week', 604_800_000],
  ['interval 2 days 3 hours', 183_600_000],
  ['30 minutes', 1_800_000],
  ['INTERVAL 90 seconds', 90_000],
])('reads the retention of tombstones: %s', (duration, tombstoneRetentionMs) => {
  expect(properties({ 'delta.deletedFileRetentionDuration': duration })).toEqual({ ...defaults, tombstoneRetentionMs });
});

it('writes V2 checkpoints where the table has the feature and no other policy', () => {
  expect(properties({ 'delta.checkpointPolicy': 'v2' })).toMatchObject({ format: 'classic' });
  expect(properties({}, ['v2Checkpoint'])).toMatchObject({ format: 'v2' });
  expect(properties({ 'delta.checkpointPolicy': 'classic' }, ['v2Checkpoint'])).toMatchObject({ format: 'classic' });
});
