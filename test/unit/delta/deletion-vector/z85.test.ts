import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeZ85, encodeZ85 } from '../../../../src/delta/deletion-vector/z85.ts';
import { propertyRuns } from '../../../support/property/property-runs.ts';

it('decodes the example of ZeroMQ RFC 32', () => {
  expect(decodeZ85('HelloWorld')).toEqual(Buffer.from([0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b]));
  expect(decodeZ85('')).toEqual(Buffer.alloc(0));
});

it.each(['Hell', 'Hell"', 'ÄÄÄÄÄ', '#####'])('finds no bytes in %s', (text) => {
  expect(decodeZ85(text)).toBeUndefined();
});

it('encodes the same example, and whatever it decodes', () => {
  expect(encodeZ85(Buffer.from([0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b]))).toBe('HelloWorld');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const decoded = decodeZ85(encodeZ85(bytes));
      expect(decoded?.subarray(0, bytes.length)).toEqual(Buffer.from(bytes));
      expect(decoded?.length).toBe(Math.ceil(bytes.length / 4) * 4);
    }),
    propertyRuns(100),
  );
});
