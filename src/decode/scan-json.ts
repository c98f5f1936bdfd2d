import { jsonScan, type JsonScan } from '../model/pipeline/json-scan.ts';

/** In the place of an index: the bytes do not go on as a token that is known here. */
const unknown = 0;
/** What goes deeper is left to the engine. */
const mostLevels = 64;
/** The closing brackets that are owed to the containers around the current one. */
const closings = new Uint8Array(mostLevels);
/** From the code of an opening bracket to that of its closing one. */
const toClosing = 2;

const [quote, backslash, comma, colon, minus, plus, point] = [0x22, 0x5c, 0x2c, 0x3a, 0x2d, 0x2b, 0x2e];
const [openBrace, closeBrace, openBracket] = [0x7b, 0x7d, 0x5b];
const [zero, nine, capitalE, smallE, smallU] = [0x30, 0x39, 0x45, 0x65, 0x75];

const isSpace = byteSet((byte) => ' \t\r\n'.includes(String.fromCharCode(byte)));
const isDigit = byteSet((byte) => byte >= zero && byte <= nine);
const isEscapable = byteSet((byte) => '"\\/bfnrt'.includes(String.fromCharCode(byte)));
/** Bytes that stand for themselves in a string. */
const isPlain = byteSet((byte) => byte >= 0x20 && byte !== quote && byte !== backslash);

/** 1 for each byte of the set: a table, as this is asked for each byte of each record. */
function byteSet(has: (byte: number) => boolean): Uint8Array {
  const set = new Uint8Array(256);
  for (let byte = 0; byte < 256; byte++) set[byte] = has(byte) ? 1 : 0;
  return set;
}

/**
 * Most texts are plain: objects by RFC 8259, without numbers such as 1.10 that the engine would write in another way. A
 * look at their bytes, which are UTF-8, proves that for less than the engine's own checks take. What it does not prove
 * is left to those. Bounds are checked before each byte: beyond them V8 has no fast way to read.
 */
export function scanJson(bytes: Uint8Array): JsonScan {
  const { length } = bytes;
  let at = skipSpace(bytes, 0);
  if (at >= length || bytes[at] !== openBrace) return jsonScan.nothing;
  let depth = 0;
  let closing = 0;
  let keepsNumbers = true;
  for (;;) {
    // Here a value begins.
    const first = at < length ? (bytes[at] ?? 0) : 0;
    if (first === quote) at = endOfString(bytes, at + 1);
    else if (first === openBrace || first === openBracket) {
      if (depth === mostLevels) return jsonScan.nothing;
      closings[depth++] = closing;
      closing = first + toClosing;
      at = skipSpace(bytes, at + 1);
      if (at >= length || bytes[at] !== closing) {
        if (first === openBrace) at = endOfName(bytes, at);
        if (at === unknown) return jsonScan.nothing;
        continue;
      }
      at++;
      closing = closings[--depth] ?? 0;
    } else if (first === minus || isDigit[first] === 1) {
      const end = endOfNumber(bytes, at);
      if (keepsNumbers && !isWrittenSo(bytes, at, end)) keepsNumbers = false;
      at = end;
    } else at = endOfWord(bytes, at);
    // Here it has ended, and maybe some containers with it.
    for (;;) {
      if (at === unknown) return jsonScan.nothing;
      at = skipSpace(bytes, at);
      const next = at < length ? (bytes[at] ?? 0) : 0;
      if (next === comma && depth > 0) break;
      if (depth === 0) {
        if (at < length) return jsonScan.nothing;
        return keepsNumbers ? jsonScan.keepsNumbers : jsonScan.isObject;
      }
      if (next !== closing) return jsonScan.nothing;
      at++;
      closing = closings[--depth] ?? 0;
    }
    at = skipSpace(bytes, at + 1);
    if (closing === closeBrace) at = endOfName(bytes, at);
    if (at === unknown) return jsonScan.nothing;
  }
}

function skipSpace(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && isSpace[bytes[at] ?? 0] === 1) at++;
  return at;
}

/** Behind a name and its colon, where the value begins. */
function endOfName(bytes: Uint8Array, start: number): number {
  if (start >= bytes.length || bytes[start] !== quote) return unknown;
  const end = endOfString(bytes, start + 1);
  if (end === unknown) return unknown;
  const at = skipSpace(bytes, end);
  return at < bytes.length && bytes[at] === colon ? skipSpace(bytes, at + 1) : unknown;
}

/** `start` is behind the opening quote. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && isPlain[bytes[at] ?? 0] === 1) at++;
  return at < bytes.length && bytes[at] === quote ? at + 1 : endOfEscapedString(bytes, at);
}

/** `start` is where the first byte is that does not stand for itself. */
function endOfEscapedString(bytes: Uint8Array, start: number): number {
  for (let at = start; at < bytes.length;) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) return at + 1;
    if (isPlain[byte] === 1) at++;
    else if (byte !== backslash) return unknown;
    else if (at + 1 < bytes.length && isEscapable[bytes[at + 1] ?? 0] === 1) at += 2;
    else if (isCodePoint(bytes, at)) at += 6;
    else return unknown;
  }
  return unknown;
}

/** Halves of surrogate pairs are not known: the engine takes no single ones. */
function isCodePoint(bytes: Uint8Array, start: number): boolean {
  if (start + 6 > bytes.length || bytes[start + 1] !== smallU) return false;
  const digits = String.fromCharCode(...bytes.subarray(start + 2, start + 6));
  return /^(?!d[89a-f])[0-9a-f]{4}$/i.test(digits);
}

function endOfDigits(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && isDigit[bytes[at] ?? 0] === 1) at++;
  return at;
}

/** `start` is a digit or the minus. */
function endOfNumber(bytes: Uint8Array, start: number): number {
  const { length } = bytes;
  const first = bytes[start] === minus ? start + 1 : start;
  let at = endOfDigits(bytes, first);
  if (at === first || (at > first + 1 && bytes[first] === zero)) return unknown;
  if (at < length && bytes[at] === point) {
    const end = endOfDigits(bytes, at + 1);
    if (end === at + 1) return unknown;
    at = end;
  }
  if (at < length && (bytes[at] === smallE || bytes[at] === capitalE)) {
    const isSigned = at + 1 < length && (bytes[at + 1] === plus || bytes[at + 1] === minus);
    const digits = at + (isSigned ? 2 : 1);
    at = endOfDigits(bytes, digits);
    if (at === digits) return unknown;
  }
  return at;
}

/** All such integers have 64 bits. */
const mostIntegerDigits = 18;
/** 15 digits, by which doubles are told apart, and the point. */
const mostFractionBytes = 16;

/**
 * Does the engine write this number with the same characters? Integers but −0, and fractions without an exponent that
 * end in no zero. It writes those below 0.0001 with an exponent.
 */
function isWrittenSo(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] === minus ? start + 1 : start;
  const integerEnd = endOfDigits(bytes, first);
  const isZeroFirst = bytes[first] === zero;
  if (integerEnd === end) return isZeroFirst ? first === start : end - first <= mostIntegerDigits;
  if (end - first > mostFractionBytes || bytes[end - 1] === zero) return false;
  if (bytes[integerEnd] !== point || endOfDigits(bytes, integerEnd + 1) !== end) return false;
  return !isZeroFirst || end < integerEnd + 5 || bytes.subarray(integerEnd + 1, integerEnd + 5).some((b) => b !== zero);
}

const [trueLetters, falsLetters, nullLetters] = [0x74727565, 0x66616c73, 0x6e756c6c];

function endOfWord(bytes: Uint8Array, start: number): number {
  if (start + 4 > bytes.length) return unknown;
  const letters =
    ((bytes[start] ?? 0) << 24) |
    ((bytes[start + 1] ?? 0) << 16) |
    ((bytes[start + 2] ?? 0) << 8) |
    (bytes[start + 3] ?? 0);
  if (letters === trueLetters || letters === nullLetters) return start + 4;
  return letters === falsLetters && start + 4 < bytes.length && bytes[start + 4] === smallE ? start + 5 : unknown;
}
