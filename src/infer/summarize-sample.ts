import { isUtf8 } from 'node:buffer';
import { unusableNames } from './field-names.ts';
import { inferFields } from './infer-fields.ts';
import type { InferredField } from './inferred-field.ts';
import { Observation } from './observation.ts';
import { parseExactly } from '../decode/parse-exactly.ts';

/** What a sample of JSON records came to. */
export interface SampleSummary {
  /** Where the sample is from, in words. */
  readonly where: string;
  readonly records: number;
  readonly objects: number;
  /** Records that are no JSON objects: what they are to how many. */
  readonly unusable: Readonly<Record<string, number>>;
  readonly fields: readonly InferredField[];
  /** Names of fields that cannot be columns. */
  readonly leftOut: readonly string[];
}

/** Looks at values one by one, and keeps none. */
export class SampleSummarizer {
  #records = 0;
  #objects = 0;
  readonly #seen = new Observation();
  readonly #unusable = {
    'records without a value (tombstones)': 0,
    'records that are no JSON': 0,
    'records that are JSON, but no object': 0,
  };

  add(value: Uint8Array | null): void {
    this.#records += 1;
    if (value === null) {
      this.#unusable['records without a value (tombstones)'] += 1;
      return;
    }
    let parsed: unknown;
    try {
      if (!isUtf8(value)) throw new SyntaxError('no UTF-8');
      parsed = parseExactly(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString());
    } catch {
      this.#unusable['records that are no JSON'] += 1;
      return;
    }
    if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed) || parsed.constructor !== Object) {
      this.#unusable['records that are JSON, but no object'] += 1;
      return;
    }
    this.#objects += 1;
    this.#seen.add(parsed);
  }

  summary(where: string): SampleSummary {
    const { fields: seen } = this.#seen;
    const fields = inferFields(seen, this.#objects);
    return {
      where,
      records: this.#records,
      objects: this.#objects,
      unusable: this.#unusable,
      fields,
      leftOut: [...unusableNames(seen), ...fields.flatMap((field) => leftOutOf(field, ''))],
    };
  }
}

function leftOutOf({ name, fields, leftOut }: InferredField, outer: string): readonly string[] {
  const path = `${outer}${name}.`;
  return [...leftOut.map((inner) => `${path}${inner}`), ...fields.flatMap((field) => leftOutOf(field, path))];
}
