import fc from 'fast-check';
import type { NormalizeRule } from '../../../src/model/job/normalize-rule.ts';
import type { ScrubRule } from '../../../src/model/job/scrub-rule.ts';
import { isDecimal, quoteIdentifier } from '../../../src/model/pipeline/sql-text.ts';
import type { DataType, StructField } from '../../../src/model/table/table-schema.ts';
import type { ValidationRule, ValueCheck } from '../../../src/model/job/validation-rule.ts';
import { placesOf, type Place } from './places.ts';

export interface RandomSteps {
  readonly validate: readonly {
    readonly place: Place;
    readonly rule: ValidationRule & { readonly check: ValueCheck };
  }[];
  readonly scrub: readonly { readonly place: Place; readonly rule: ScrubRule }[];
  readonly normalize: readonly { readonly place: Place; readonly rule: NormalizeRule }[];
  readonly derive: readonly { readonly from: StructField; readonly kind: 'isNull' | 'length' | 'next' }[];
}

const wholeTypes: ReadonlySet<DataType> = new Set<DataType>(['long', 'integer', 'short', 'byte']);
const timeTypes: ReadonlySet<DataType> = new Set<DataType>(['timestamp', 'timestamp_ntz', 'date']);

function checksFor({ text, type }: Place): fc.Arbitrary<ValueCheck>[] {
  const base = { field: text, required: false };
  const lengths = fc.record({ minLength: fc.nat(3), maxLength: fc.nat(6) }).map((bounds) => ({ ...base, ...bounds }));
  const hasLength = type === 'string' || (typeof type !== 'string' && type.type !== 'struct');
  const bound = fc.bigInt({ min: -1000n, max: 2n ** 53n + 1n }).map(String);
  return [
    fc.constant({ ...base, required: true }),
    ...(hasLength ? [lengths] : []),
    ...(wholeTypes.has(type) ? [fc.tuple(bound, bound).map(([min, max]) => ({ ...base, min, max }))] : []),
  ];
}

function scrubsFor({ text, type }: Place): fc.Arbitrary<ScrubRule>[] {
  const isHashable = type === 'string' || type === 'binary' || type === 'boolean' || wholeTypes.has(type);
  const mask = fc.tuple(fc.nat(3), fc.nat(3)).map(([keepFirst, keepLast]): ScrubRule => {
    return { field: text, method: { kind: 'mask', keepFirst, keepLast } };
  });
  return [
    fc.constant<ScrubRule>({ field: text, method: { kind: 'remove' } }),
    ...(isHashable || (typeof type === 'string' && isDecimal(type))
      ? [fc.constant<ScrubRule>({ field: text, method: { kind: 'hash' } })]
      : []),
    ...(type === 'string' ? [mask] : []),
  ];
}

function normalizationsFor({ text, type }: Place): fc.Arbitrary<NormalizeRule>[] {
  const textRule = fc.record({
    field: fc.constant(text),
    text: fc.subarray(['trim', 'emptyToNull'] as const),
    nullTokens: fc.subarray(['NaN', '--', '👋🏽 שלום', "o'no"]),
  });
  const timeRule = fc
    .record({
      to: fc.constantFrom('milliseconds' as const, 'timestamp' as const),
      unit: fc.constantFrom('seconds' as const, 'milliseconds' as const, 'microseconds' as const),
      onFailure: fc.constantFrom('reject' as const, 'null' as const),
    })
    .map((timestamp): NormalizeRule => ({ field: text, text: [], nullTokens: [], timestamp }));
  return [...(type === 'string' ? [textRule] : []), ...(timeTypes.has(type) || type === 'long' ? [timeRule] : [])];
}

function rulesAt<R>(
  places: readonly Place[],
  rulesFor: (place: Place) => fc.Arbitrary<R>[],
): fc.Arbitrary<{ readonly place: Place; readonly rule: R }[]> {
  const choices = places.flatMap((place) => {
    const rules = rulesFor(place);
    return rules.length === 0 ? [] : [fc.oneof(...rules).map((rule) => ({ place, rule }))];
  });
  return choices.length === 0
    ? fc.constant([])
    : fc.uniqueArray(fc.oneof(...choices), { maxLength: 4, selector: ({ place }) => place.text });
}

/** Steps that work on columns of the schema. A place is changed by one of scrub and normalize at most, and nothing around it. */
export function randomSteps(schema: readonly StructField[]): fc.Arbitrary<RandomSteps> {
  const places = placesOf(schema);
  const derived = fc.constantFrom(...schema).chain((from) => {
    const kinds = [
      'isNull' as const,
      ...(from.type === 'string' ? ['length' as const] : []),
      ...(from.type === 'long' ? ['next' as const] : []),
    ];
    return fc.constantFrom(...kinds).map((kind) => ({ from, kind }));
  });
  return fc
    .record({
      validate: rulesAt(places, checksFor),
      scrub: rulesAt(places, scrubsFor),
      normalize: rulesAt(places, normalizationsFor),
      derive: fc.array(derived, { maxLength: 3 }),
      failures: fc.array(fc.constantFrom('reject' as const, 'flag' as const), { minLength: 4, maxLength: 4 }),
    })
    .map(({ validate, scrub, normalize, derive, failures }) => {
      const apart = scrub.filter(({ place }, index) =>
        scrub.every((other, i) => i === index || !overlap(place, other.place)),
      );
      const changed = new Set(apart.map(({ place }) => columnOf(place)));
      const times = normalize.filter(({ rule }) => rule.timestamp !== undefined).map(({ place }) => columnOf(place));
      const retyped = new Set([...changed, ...times]);
      return {
        validate: validate.map(({ place, rule: check }, index) => {
          return { place, rule: { name: `rule ${index}`, check, onFailure: failures[index] ?? 'flag' } };
        }),
        scrub: apart,
        normalize: normalize.filter(({ place }) => !changed.has(columnOf(place))),
        derive: derive.filter(({ from, kind }) => kind === 'isNull' || !retyped.has(from.name)),
      };
    });
}

function overlap(left: Place, right: Place): boolean {
  const [shorter, longer] = left.steps.length < right.steps.length ? [left, right] : [right, left];
  return shorter.steps.every((step, index) => JSON.stringify(step) === JSON.stringify(longer.steps[index]));
}

export function columnOf({ steps: [first] }: Place): string {
  return typeof first === 'object' ? first.name : '';
}

/** SQL of a derived column, over columns of any name. */
export function derivedSql({ from, kind }: RandomSteps['derive'][number]): string {
  const column = quoteIdentifier(from.name);
  switch (kind) {
    case 'isNull':
      return `${column} IS NULL`;
    case 'length':
      return `length(${column}) -- of ${column.replaceAll(/\s/g, '')}`;
    case 'next':
      return `${column} + 1`;
  }
}
