import { createHash } from 'node:crypto';
import type { NormalizeRule } from '../../../src/model/job/normalize-rule.ts';
import type { ScrubRule } from '../../../src/model/job/scrub-rule.ts';
import { field, type DataType, type StructField } from '../../../src/model/table/table-schema.ts';
import type { ValueCheck } from '../../../src/model/job/validation-rule.ts';
import type { PlainValue } from '../parquet-reader.ts';
import { codePoints, scalarText, valuesAt, withTypeAt, withValuesAt, type Place } from './places.ts';
import { columnOf, type RandomSteps } from './random-steps.ts';
import type { ReferenceOutcome } from './reference-json.ts';

/** The columns after all steps, by the letter of docs/jobs.md. */
export function referenceColumns(parsed: readonly StructField[], steps: RandomSteps): StructField[] {
  const changes = [
    ...steps.scrub
      .filter(({ rule }) => rule.method.kind === 'hash')
      .map(({ place }) => ({ place, type: 'string' as const })),
    ...steps.normalize.flatMap(({ place, rule: { timestamp } }) =>
      timestamp === undefined
        ? []
        : [{ place, type: timestamp.to === 'timestamp' ? ('timestamp' as const) : ('long' as const) }],
    ),
  ];
  const changed = parsed.map((column) => {
    const own = changes.filter(({ place }) => columnOf(place) === column.name);
    const type = own.reduce(
      (inner, change) => withTypeAt(inner, change.place.steps.slice(1), change.type),
      column.type,
    );
    return { ...column, type };
  });
  const derivedTypes = { isNull: 'boolean', length: 'integer', next: 'long' } as const satisfies Record<
    string,
    DataType
  >;
  return [
    ...changed,
    ...(steps.validate.length === 0 ? [] : [field('_status', 'string'), field('_failures', failuresType)]),
    ...(steps.scrub.length === 0 ? [] : [field('_scrubbed', 'boolean')]),
    ...steps.derive.map(({ kind }, index) => field(`_derived_${index}`, derivedTypes[kind])),
  ];
}

const failuresType: DataType = { type: 'array', elementType: 'string', containsNull: false };

/** What the steps make of a parsed row. */
export function referenceSteps(parsed: ReferenceOutcome, steps: RandomSteps): ReferenceOutcome {
  if (parsed.kind === 'deadLetter') return parsed;
  const values: Record<string, PlainValue> = { ...parsed.values };
  const broken = steps.validate.filter(({ place, rule }) =>
    valuesAt(values, place.steps).some((v) => breaks(rule.check, place, v)),
  );
  if (broken.some(({ rule }) => rule.onFailure === 'reject')) return { kind: 'deadLetter', code: 'RULE_FAILED' };
  if (steps.validate.length > 0) {
    values['_status'] = broken.length === 0 ? 'valid' : 'invalid';
    values['_failures'] = broken.map(({ rule }) => rule.name);
  }
  if (steps.scrub.length > 0) {
    values['_scrubbed'] = steps.scrub.some(({ place }) =>
      valuesAt(values, place.steps).some((value) => value !== null),
    );
  }
  for (const { place, rule } of steps.scrub) change(values, place, (value) => scrubbed(rule, place.type, value));
  for (const { place, rule } of steps.normalize) {
    const { timestamp } = rule;
    if (timestamp === undefined) change(values, place, (value) => normalizedText(rule, scalarText(value)));
    else {
      const isUnreadable = (value: PlainValue): boolean =>
        value !== null && micros(place.type, timestamp.unit, value) === undefined;
      if (timestamp.onFailure === 'reject' && valuesAt(values, place.steps).some(isUnreadable)) {
        return { kind: 'deadLetter', code: 'CAST_FAILED' };
      }
      change(values, place, (value) => {
        const instant = micros(place.type, timestamp.unit, value);
        if (instant === undefined) return null;
        return String(timestamp.to === 'timestamp' ? instant : floorDivided(instant, 1000n));
      });
    }
  }
  for (const [index, { from, kind }] of steps.derive.entries()) {
    values[`_derived_${index}`] = derived(kind, values[from.name] ?? null);
  }
  return { kind: 'row', values };
}

function change(values: Record<string, PlainValue>, place: Place, by: (value: PlainValue) => PlainValue): void {
  const name = columnOf(place);
  values[name] = withValuesAt(values[name] ?? null, place.steps.slice(1), by);
}

function breaks(check: ValueCheck, { type }: Place, value: PlainValue): boolean {
  if (value === null) return check.required;
  const { min, max, minLength = 0, maxLength = Infinity } = check;
  if (min !== undefined && BigInt(scalarText(value)) < BigInt(min)) return true;
  if (max !== undefined && BigInt(scalarText(value)) > BigInt(max)) return true;
  const length = Array.isArray(value)
    ? value.length
    : type === 'string'
      ? codePoints(scalarText(value)).length
      : minLength;
  return length < minLength || length > maxLength;
}

function scrubbed({ method }: ScrubRule, type: DataType, value: PlainValue): PlainValue {
  switch (method.kind) {
    case 'remove':
      return null;
    case 'hash': {
      const bytes = Buffer.from(scalarText(value), type === 'binary' ? 'base64' : 'utf8');
      return createHash('sha256').update(bytes).digest('hex');
    }
    case 'mask': {
      const points = codePoints(scalarText(value));
      const hidden = points.length - method.keepFirst - method.keepLast;
      if (hidden <= 0) return '*'.repeat(points.length);
      const end = points.slice(method.keepFirst + hidden);
      return [...points.slice(0, method.keepFirst), '*'.repeat(hidden), ...end].join('');
    }
  }
}

function normalizedText({ text, nullTokens }: NormalizeRule, given: string): PlainValue {
  const settled = text.includes('trim') ? given.replace(/^[\t-\r\p{Z}]+|[\t-\r\p{Z}]+$/gu, '') : given;
  if (text.includes('emptyToNull') && settled === '') return null;
  return nullTokens.includes(settled) ? null : settled;
}

const unitMicros = { seconds: 1_000_000n, milliseconds: 1000n, microseconds: 1n, auto: 1n };

/** Microseconds in the years 1 to 9999. */
function micros(type: DataType, unit: keyof typeof unitMicros, value: PlainValue): bigint | undefined {
  const number = BigInt(scalarText(value));
  const instant = type === 'long' ? number * unitMicros[unit] : type === 'date' ? number * 86_400_000_000n : number;
  return instant >= -62_135_596_800_000_000n && instant < 253_402_300_800_000_000n ? instant : undefined;
}

function floorDivided(value: bigint, by: bigint): bigint {
  return value / by - (value % by < 0n ? 1n : 0n);
}

function derived(kind: RandomSteps['derive'][number]['kind'], value: PlainValue): PlainValue {
  if (kind === 'isNull') return value === null;
  if (value === null) return null;
  if (kind === 'length') return String(codePoints(scalarText(value)).length);
  const next = BigInt(scalarText(value)) + 1n;
  return next < 1n << 63n ? String(next) : null;
}
