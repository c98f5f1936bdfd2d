import { Numeral } from '../decode/parse-exactly.ts';
import { textForm, type TextForm } from './text-form.ts';

/** The kinds of JSON values, null aside. */
export type JsonKind = 'boolean' | 'number' | 'string' | 'object' | 'array';

/** More different texts than this are no set of allowed values. */
const mostDistinctTexts = 50;

/** All that was seen at one place of a sample's values: of a field, or of all elements of an array. */
export class Observation {
  /** How often there was a value here, nulls too. */
  count = 0;
  readonly kinds = new Map<JsonKind, number>();
  readonly numbers = new NumberObservation();
  /** Different texts and how often they occurred; only the first of them where there are many. */
  readonly texts = new Map<string, number>();
  hasManyTexts = false;
  readonly forms = new Map<TextForm, number>();
  readonly fields = new Map<string, Observation>();
  elements: Observation | undefined;

  get nonNull(): number {
    return [...this.kinds.values()].reduce((sum, count) => sum + count, 0);
  }

  add(value: unknown): void {
    this.count += 1;
    if (value === null || value === undefined) return;
    if (value instanceof Numeral) {
      this.#note('number');
      this.numbers.add(value.text);
    } else if (typeof value === 'string') {
      this.#note('string');
      this.#noteText(value, 1);
      const form = textForm(value);
      this.forms.set(form, (this.forms.get(form) ?? 0) + 1);
    } else if (Array.isArray(value)) {
      this.#note('array');
      this.elements ??= new Observation();
      for (const element of value as readonly unknown[]) this.elements.add(element);
    } else if (typeof value === 'object') {
      this.#note('object');
      for (const [name, inner] of Object.entries(value)) this.#field(name).add(inner);
    } else this.#note('boolean');
  }

  /** Adds what was seen at another place, as if it had been seen at this one. */
  merge(other: Observation): void {
    this.count += other.count;
    for (const [kind, count] of other.kinds) this.#note(kind, count);
    this.numbers.merge(other.numbers);
    for (const [form, count] of other.forms) this.forms.set(form, (this.forms.get(form) ?? 0) + count);
    this.hasManyTexts ||= other.hasManyTexts;
    for (const [text, count] of other.texts) this.#noteText(text, count);
    for (const [name, inner] of other.fields) this.#field(name).merge(inner);
    if (other.elements !== undefined) (this.elements ??= new Observation()).merge(other.elements);
  }

  #note(kind: JsonKind, count = 1): void {
    this.kinds.set(kind, (this.kinds.get(kind) ?? 0) + count);
  }

  #noteText(text: string, count: number): void {
    const known = this.texts.get(text);
    if (known === undefined && this.texts.size === mostDistinctTexts) this.hasManyTexts = true;
    else this.texts.set(text, (known ?? 0) + count);
  }

  #field(name: string): Observation {
    const known = this.fields.get(name) ?? new Observation();
    this.fields.set(name, known);
    return known;
  }
}

/** Of numbers, what decides which type holds them all. */
export class NumberObservation {
  fractions = 0;
  exponents = 0;
  least: bigint | undefined;
  greatest: bigint | undefined;
  integerDigits = 0;
  scale = 0;

  add(text: string): void {
    const [mantissa = '', exponent] = text.toLowerCase().split('e');
    const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
    this.integerDigits = Math.max(this.integerDigits, whole.length);
    this.scale = Math.max(this.scale, fraction.length);
    if (exponent !== undefined) this.exponents += 1;
    else if (mantissa.includes('.')) this.fractions += 1;
    else this.#addInteger(BigInt(mantissa));
  }

  merge(other: NumberObservation): void {
    this.fractions += other.fractions;
    this.exponents += other.exponents;
    this.integerDigits = Math.max(this.integerDigits, other.integerDigits);
    this.scale = Math.max(this.scale, other.scale);
    if (other.least !== undefined) this.#addInteger(other.least);
    if (other.greatest !== undefined) this.#addInteger(other.greatest);
  }

  #addInteger(value: bigint): void {
    if (this.least === undefined || value < this.least) this.least = value;
    if (this.greatest === undefined || value > this.greatest) this.greatest = value;
  }
}
