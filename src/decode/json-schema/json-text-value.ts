import { isUtf8 } from 'node:buffer';

/** The text of a JSON value as it is; what is in it is for the JSON steps to judge. @throws RangeError. */
export function jsonTextValue(bytes: Uint8Array): string {
  if (!isUtf8(bytes)) throw new RangeError('it is not valid UTF-8');
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString();
}
