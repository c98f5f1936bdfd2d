import type { ParseStep } from '../model/job-spec.ts';
import { avroFromJson } from './avro/avro-codec.ts';
import { protobufFromPlain } from './protobuf/protobuf-codec.ts';

/** Writes a value in the format that a job reads. Throws an Error for what the format's schema does not take. */
export type ValueEncoder = (value: Readonly<Record<string, unknown>>) => Uint8Array;

/** The opposite of the job's decoder; `undefined` where a value has to be given as bytes: a registry's wire format. */
export function openEncoder(parse: ParseStep): ValueEncoder | undefined {
  const asJson: ValueEncoder = (value) => Buffer.from(JSON.stringify(value));
  switch (parse.format) {
    case 'raw':
    case 'json':
      return asJson;
    case 'jsonSchema':
      return parse.from.kind === 'registry' ? undefined : asJson;
    case 'avro':
    case 'protobuf':
      if (parse.pinned === undefined || parse.from.kind === 'registry') return undefined;
      return parse.format === 'avro' ? avroFromJson(parse.pinned) : protobufFromPlain(parse.pinned);
  }
}
