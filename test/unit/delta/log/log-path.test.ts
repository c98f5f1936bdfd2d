import { expect, it } from 'vitest';
import {
  classicCheckpointPath,
  commitPath,
  compactionPath,
  parseLogPath,
  sidecarPath,
  uuidCheckpointPath,
} from '../../../../src/delta/log/log-path.ts';

const v12 = '_delta_log/00000000000000000012';

it('names files as PROTOCOL.md, File Types says', () => {
  expect(commitPath(12)).toBe(`${v12}.json`);
  expect(classicCheckpointPath(12)).toBe(`${v12}.checkpoint.parquet`);
  expect(compactionPath(12, 14)).toBe(`${v12}.00000000000000000014.compacted.json`);
  const uuid = '80a083e8-7026-4e79-81be-64bd76c43a11';
  expect(uuidCheckpointPath(12, uuid)).toBe(`${v12}.checkpoint.${uuid}.parquet`);
  expect(sidecarPath(`${uuid}.parquet`)).toBe(`_delta_log/_sidecars/${uuid}.parquet`);
});

it.each([
  [`${v12}.json`, { kind: 'commit', version: 12 }],
  [`${v12}.crc`, { kind: 'checksum', version: 12 }],
  [`${v12}.checkpoint.parquet`, { kind: 'classicCheckpoint', version: 12 }],
  [`${v12}.checkpoint.0000000002.0000000003.parquet`, { kind: 'multiPartCheckpoint', version: 12, part: 2, parts: 3 }],
  [
    `${v12}.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.json`,
    { kind: 'uuidCheckpoint', version: 12, format: 'json' },
  ],
  [
    `${v12}.checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.parquet`,
    { kind: 'uuidCheckpoint', version: 12, format: 'parquet' },
  ],
  [`${v12}.00000000000000000014.compacted.json`, { kind: 'compaction', startVersion: 12, endVersion: 14 }],
])('tells what %s is', (path, expected) => {
  expect(parseLogPath(path)).toEqual(expected);
});

it.each([
  '_delta_log/_last_checkpoint',
  '_delta_log/12.json',
  '_delta_log/00000000000000000012.json.tmp',
  '_delta_log/.00000000000000000012.json.crc',
  '_delta_log/99999999999999999999.json',
  '_delta_log/_staged_commits/00000000000000000012.80a083e8-7026-4e79-81be-64bd76c43a11.json',
  'data/00000000000000000012.json',
  '00000000000000000012.json',
])('passes over %s', (path) => {
  expect(parseLogPath(path)).toBeUndefined();
});
