import type { Parsed } from '../../model/batch/offset-position.ts';

const unitsMs = {
  millisecond: 1,
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
} as const;

type Unit = keyof typeof unitsMs;

const unitNames: Readonly<Record<string, Unit>> = {
  ms: 'millisecond',
  millis: 'millisecond',
  millisecond: 'millisecond',
  s: 'second',
  sec: 'second',
  second: 'second',
  m: 'minute',
  min: 'minute',
  minute: 'minute',
  h: 'hour',
  hr: 'hour',
  hour: 'hour',
  d: 'day',
  day: 'day',
  w: 'week',
  week: 'week',
};

const expected = 'a duration such as 10 seconds, 1 minute, 1 hour 30 minutes, 500ms or PT10S';

/**
 * Reads a duration in the words of Spark's `Trigger.ProcessingTime` (`10 seconds`, `1 hour 30 minutes`), their short
 * forms (`500ms`, `10s`), or ISO 8601 (`PT1M30S`). Gives milliseconds. A bare number has no unit and is refused.
 */
export function parseDuration(text: string): Parsed<number> {
  const words = text
    .trim()
    .toLowerCase()
    .replace(/^interval\s+/, '');
  const durationMs = /^p/.test(words) ? isoDurationMs(words) : wordDurationMs(words);
  return durationMs !== undefined && Number.isSafeInteger(durationMs)
    ? { ok: true, value: durationMs }
    : { ok: false, expected };
}

function wordDurationMs(words: string): number | undefined {
  if (!/^(\d+(\.\d+)?\s*[a-z]+\s*)+$/.test(words)) return undefined;
  let sumMs = 0;
  for (const [, amount = '', word = ''] of words.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)) {
    const unit = unitOf(word);
    if (unit === undefined) return undefined;
    sumMs += toMilliseconds(amount, unit);
  }
  return sumMs;
}

function unitOf(word: string): Unit | undefined {
  const singular = word.length > 2 && word.endsWith('s') ? word.slice(0, -1) : word;
  if (Object.hasOwn(unitNames, word)) return unitNames[word];
  return Object.hasOwn(unitNames, singular) ? unitNames[singular] : undefined;
}

/** Weeks down to seconds; months and years have no fixed length. */
function isoDurationMs(words: string): number | undefined {
  const number = String.raw`(\d+(?:\.\d+)?)`;
  const pattern = new RegExp(`^p(?:${number}w)?(?:${number}d)?(?:t(?:${number}h)?(?:${number}m)?(?:${number}s)?)?$`);
  const match = pattern.exec(words);
  if (!match || /(p|t)$/.test(words)) return undefined;
  const parts: readonly Unit[] = ['week', 'day', 'hour', 'minute', 'second'];
  return parts.reduce((sumMs, unit, index) => sumMs + toMilliseconds(match[index + 1] ?? '0', unit), 0);
}

/** Rounded against the noise of binary fractions (`0.29 seconds`); a part below a millisecond makes it no integer. */
function toMilliseconds(amount: string, unit: Unit): number {
  return Number((Number(amount) * unitsMs[unit]).toFixed(6));
}

/** `90000` → `90 seconds`: the largest unit that divides the duration evenly. */
export function formatDuration(durationMs: number): string {
  const units: readonly Unit[] = ['week', 'day', 'hour', 'minute', 'second', 'millisecond'];
  const unit = units.find((candidate) => durationMs > 0 && durationMs % unitsMs[candidate] === 0) ?? 'millisecond';
  const amount = durationMs / unitsMs[unit];
  return `${amount} ${unit}${amount === 1 ? '' : 's'}`;
}
