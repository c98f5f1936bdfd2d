import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatByteSize, parseByteSize } from '../../../../src/spec/yaml/byte-sizes.ts';
import { propertyRuns } from '../../../support/property/property-runs.ts';

describe('parseByteSize', () => {
  it.each([
    ['256 MiB', 268_435_456],
    ['64mb', 67_108_864],
    ['64m', 67_108_864],
    ['1g', 1_073_741_824],
    ['1.5 KiB', 1_536],
    ['4096', 4_096],
    ['1 byte', 1],
    ['12 bytes', 12],
    ['12b', 12],
    ['2 TB', 2_199_023_255_552],
  ])('reads %j as %d bytes', (text, sizeBytes) => {
    expect(parseByteSize(text)).toEqual({ ok: true, value: sizeBytes });
  });

  it('takes a number as bytes', () => {
    expect(parseByteSize(4096)).toEqual({ ok: true, value: 4096 });
  });

  it.each(['', 'MiB', '-1 MiB', '1 mibs', '1.5 bytes', '9999999 PiB', '1e3', '256 MiB extra'])('refuses %j', (text) => {
    const expected = 'a size such as 256 MiB, 64mb, 1g or a number of bytes';
    expect(parseByteSize(text)).toEqual({ ok: false, expected });
  });

  it('reads back every size that formatByteSize writes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.maxSafeNat(),
          fc.nat(4095).map((count) => count * 1024 ** 3),
        ),
        (sizeBytes) => {
          expect(parseByteSize(formatByteSize(sizeBytes))).toEqual({ ok: true, value: sizeBytes });
        },
      ),
      propertyRuns(100),
    );
  });
});

describe('formatByteSize', () => {
  it.each([
    [268_435_456, '256 MiB'],
    [1_500, '1500 bytes'],
    [0, '0 bytes'],
  ])('writes %d as %j', (sizeBytes, text) => {
    expect(formatByteSize(sizeBytes)).toBe(text);
  });
});
