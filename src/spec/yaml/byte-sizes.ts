import type { Parsed } from '../../model/batch/offset-position.ts';

const prefixes = ['', 'k', 'm', 'g', 't', 'p'] as const;
const unitNames = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

const expected = 'a size such as 256 MiB, 64mb, 1g or a number of bytes';

/**
 * Reads a number of bytes: `256 MiB`, `64mb`, `1g`, `4096`. All prefixes are powers of 1,024 and case does not matter,
 * as in Spark's and the JVM's settings; `mb` is a MiB.
 */
export function parseByteSize(input: string | number): Parsed<number> {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([kmgtp]?)(?:i?b)?|bytes?)$/.exec(String(input).trim().toLowerCase());
  if (!match) return { ok: false, expected };
  const [, amount = '', prefix = ''] = match;
  const power = prefixes.findIndex((candidate) => candidate === prefix);
  const sizeBytes = Number(amount) * 1024 ** power;
  return Number.isSafeInteger(sizeBytes) ? { ok: true, value: sizeBytes } : { ok: false, expected };
}

/** `268435456` → `256 MiB`: the largest unit that divides the size evenly. */
export function formatByteSize(sizeBytes: number): string {
  let power = 0;
  let amount = sizeBytes;
  while (amount > 0 && amount % 1024 === 0 && power < unitNames.length - 1) {
    amount /= 1024;
    power += 1;
  }
  return `${amount} ${unitNames[power] ?? 'bytes'}`;
}
