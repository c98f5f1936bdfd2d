import { describe, expect, it } from 'vitest';
import { benchEvent } from '../../../bench/bench-events.ts';

const count = 2_000;

function meanBytes(topic: 'gps' | 'api'): number {
  let bytes = 0;
  for (let index = 0; index < count; index++) bytes += Buffer.byteLength(benchEvent(topic, index, 7));
  return bytes / count;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe('benchEvent', () => {
  it('gives the same event for the same index and seed, and others for others', () => {
    expect(benchEvent('api', 5, 7)).toBe(benchEvent('api', 5, 7));
    expect(benchEvent('api', 5, 7)).not.toBe(benchEvent('api', 6, 7));
    expect(benchEvent('api', 5, 7)).not.toBe(benchEvent('api', 5, 8));
  });

  it('gives events of the size that the published figures were measured with', () => {
    expect(meanBytes('gps')).toBeGreaterThan(262);
    expect(meanBytes('api')).toBeGreaterThan(665);
    expect(meanBytes('api')).toBeLessThan(690);
  });

  it('breaks one api event in a hundred', () => {
    const broken = Array.from({ length: count }, (_, index) => benchEvent('api', index, 7)).filter((e) => !isJson(e));
    expect(broken).toHaveLength(count / 100);
  });
});
