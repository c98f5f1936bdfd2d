import { BronzeError } from '../errors.ts';

/**
 * Refuses every path that is not a plain relative one, so that no path that a log or a plan names leads out of the
 * table's root: no empty, `.` or `..` segments, no leading slash, no NUL.
 */
export function assertObjectPath(path: string): void {
  const plain = !path.includes('\0') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (!plain) {
    throw new BronzeError('TABLE_CORRUPT', `"${path}" is no path inside a table: expected plain names joined by "/"`);
  }
}

/** Orders paths as S3 lists them: by their UTF-8 bytes, which differs from JavaScript's order beyond U+FFFF. */
export function comparePaths(left: string, right: string): number {
  if (left === right) return 0;
  if (!astral.test(left) && !astral.test(right)) return left < right ? -1 : 1;
  return Buffer.compare(Buffer.from(left), Buffer.from(right));
}

const astral = /[\ud800-\udfff]/;
