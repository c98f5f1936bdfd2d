import { isUtf8 } from 'node:buffer';
import { BronzeError, errorMessage } from '../errors.ts';
import type { BinaryParse, PinnedSchema } from '../model/job/binary-parse.ts';
import type { ParseStep, SchemaEvolution } from '../model/job/job-spec.ts';
import type { KeyParse } from '../model/job/key-step.ts';
import type { ValueDecoder } from '../model/pipeline/value-decoder.ts';
import { avroToJson } from './avro/avro-codec.ts';
import { protobufToJson } from './protobuf/protobuf-codec.ts';
import { RegistryClient } from './registry/registry-client.ts';
import { RegistryDecoder } from './registry/registry-decoder.ts';
import { jsonTextValue } from './json-schema/json-text-value.ts';
import { encodeText } from './json-text.ts';
import { serializedToJson } from './serialized.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The decoder of a job's values; none for formats that the engine reads as they are. @throws BronzeError PIPELINE_INVALID. */
export function openDecoder(parse: ParseStep, env: Env, evolution: SchemaEvolution): ValueDecoder | undefined {
  return parse.format === 'raw' || parse.format === 'json' ? undefined : binaryDecoder(parse, env, 'value', evolution);
}

/** The decoder of a job's keys. @throws BronzeError PIPELINE_INVALID. */
export function openKeyDecoder(parse: KeyParse, env: Env): ValueDecoder {
  switch (parse.format) {
    case 'avro':
    case 'protobuf':
    case 'jsonSchema':
      // Columns of keys keep to the schema that the job began with.
      return binaryDecoder(parse, env, 'key', 'none');
    case 'json':
      return plainDecoder(parse.format, 'key', utf8Text);
    default: {
      const toJson = serializedToJson(parse.format);
      return plainDecoder(parse.format, 'key', (bytes) => encodeText(toJson(bytes), bytes));
    }
  }
}

/** Bytes without a schema's id, to JSON text. What the function throws says why there is none. */
function plainDecoder(format: string, noun: 'value' | 'key', toText: (bytes: Uint8Array) => Uint8Array): ValueDecoder {
  return {
    findings: [],
    prepare: () => Promise.resolve(),
    decode(bytes) {
      try {
        return { kind: 'text', text: toText(bytes), schemaId: null };
      } catch (error) {
        const message = `the ${noun} does not decode as ${format}: ${errorMessage(error)}`;
        return { kind: 'rejected', code: 'UNDECODABLE', message, schemaId: null };
      }
    },
  };
}

/** All values have the one schema that was pinned, or each names its own. */
function binaryDecoder(parse: BinaryParse, env: Env, noun: 'value' | 'key', evolution: SchemaEvolution): ValueDecoder {
  const { format, pinned, from } = parse;
  if (from.kind === 'registry')
    return new RegistryDecoder(parse, new RegistryClient(from.url, env), { noun, evolution });
  if (pinned === undefined) throw new BronzeError('PIPELINE_INVALID', `the ${format} schema is not pinned`);
  const toJson = toJsonBy(format, pinned);
  return plainDecoder(format, noun, (bytes) => encodeText(toJson(bytes), bytes));
}

function toJsonBy(format: BinaryParse['format'], schema: PinnedSchema): (bytes: Uint8Array) => string {
  switch (format) {
    case 'avro':
      return avroToJson(schema);
    case 'protobuf':
      return protobufToJson(schema);
    case 'jsonSchema':
      return jsonTextValue;
  }
}

function utf8Text(bytes: Uint8Array): Uint8Array {
  if (isUtf8(bytes)) return bytes;
  throw new RangeError('it is not valid UTF-8');
}
