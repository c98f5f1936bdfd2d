import { expect, it } from 'vitest';
import { wideStats } from '../../../../src/delta/deletion-vector/wide-stats.ts';

it.each([
  [
    'bounds stay to the last digit',
    '{"numRecords":3,"maxValues":{"id":9223372036854775807}}',
    '{"numRecords":3,"maxValues":{"id":9223372036854775807},"tightBounds":false}',
  ],
  ['tight bounds become wide', '{"tightBounds": true, "numRecords":3}', '{"tightBounds": false, "numRecords":3}'],
  ['wide bounds stay as they are', '{"numRecords":3,"tightBounds":false}', '{"numRecords":3,"tightBounds":false}'],
  ['a missing count is added', '{"nullCount":{"a":0}}', '{"nullCount":{"a":0},"numRecords":3,"tightBounds":false}'],
  ['no statistics become the least there can be', undefined, '{"numRecords":3,"tightBounds":false}'],
  ['and so do empty ones', '{}', '{"numRecords":3,"tightBounds":false}'],
])('%s', (_what, stats, wide) => {
  expect(wideStats(stats, 3)).toBe(wide);
});
