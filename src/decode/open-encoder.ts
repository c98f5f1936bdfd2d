import type { BinaryParse } from '../model/job/binary-parse.ts';
import type { ParseStep } from '../model/job/job-spec.ts';
import type { KeyParse } from '../model/job/key-step.ts';
import { avroFromJson } from './avro/avro-codec.ts';
import { protobufFromPlain } from './protobuf/protobuf-codec.ts';
import { serializedFromPlain } from './serialized.ts';

/** Writes a value in the format that a job reads. Throws an Error for what the format's schema does not take. */
export type ValueEncoder = (value: Readonly<Record<string, unknown>>) => Uint8Array;
/** The same of a key, which may be a single value. */
export type KeyEncoder = (key: unknown) => Uint8Array;

const asJson: KeyEncoder = (value) => Buffer.from(JSON.stringify(value));

/** The opposite of the job's decoder; `undefined` where a value has to be given as bytes: a registry's wire format. */
export function openEncoder(parse: ParseStep): ValueEncoder | undefined {
  return parse.format === 'raw' || parse.format === 'json' ? asJson : binaryEncoder(parse);
}

export function openKeyEncoder(parse: KeyParse | undefined): KeyEncoder | undefined {
  if (parse === undefined || parse.format === 'json') return asJson;
  switch (parse.format) {
    case 'avro':
      return parse.from.kind === 'registry' || parse.pinned === undefined ? undefined : avroFromJson(parse.pinned);
    case 'protobuf':
    case 'jsonSchema': {
      const encode = binaryEncoder(parse);
      return encode && ((key) => encode(asMap(key)));
    }
    default:
      return serializedFromPlain(parse.format);
  }
}

function binaryEncoder(parse: BinaryParse): ValueEncoder | undefined {
  if (parse.from.kind === 'registry') return undefined;
  if (parse.format === 'jsonSchema') return asJson;
  if (parse.pinned === undefined) return undefined;
  return parse.format === 'avro' ? avroFromJson(parse.pinned) : protobufFromPlain(parse.pinned);
}

function asMap(key: unknown): Readonly<Record<string, unknown>> {
  if (typeof key !== 'object' || key === null || Array.isArray(key)) throw new TypeError('expected a map');
  return Object.fromEntries(Object.entries(key));
}
