import { expect, test } from 'vitest';
import { didYouMean, nearestName } from '../../../src/model/nearest-name.ts';

const tables = ['bronze_gps_pings', 'bronze_trips', 'dlq_gps_pings'];

test.each([
  ['bronze_gps_ping', 'bronze_gps_pings'],
  ['BRONZE_TRIPS', 'bronze_trips'],
  ['bronze_tirps', 'bronze_trips'],
  ['bronze_gps', 'bronze_gps_pings'],
  ['trips', 'bronze_trips'],
])('%s is taken for %s', (name, meant) => {
  expect(nearestName(name, tables)).toBe(meant);
});

test('nothing is guessed of a name that is like none, a part of several, or short', () => {
  for (const name of ['orders', 'pings', 'ip']) expect(nearestName(name, tables)).toBeUndefined();
  expect(didYouMean('orders', tables)).toBe('');
});

test('a guess ends a message', () => {
  expect(didYouMean('dlq_gps_ping', tables)).toBe('; did you mean dlq_gps_pings?');
});
