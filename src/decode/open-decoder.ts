import { BronzeError, errorMessage } from '../errors.ts';
import type { BinaryParse, PinnedSchema } from '../model/binary-parse.ts';
import type { ParseStep } from '../model/job-spec.ts';
import type { ValueDecoder } from '../model/value-decoder.ts';
import { avroToJson } from './avro/avro-codec.ts';
import { protobufToJson } from './protobuf/protobuf-codec.ts';
import { RegistryClient } from './registry/registry-client.ts';
import { RegistryDecoder } from './registry/registry-decoder.ts';
import { jsonTextValue } from './json-schema/json-text-value.ts';
import { encodeText } from './json-text.ts';

/** The decoder of a job's values; none for formats that the engine reads as they are. @throws BronzeError PIPELINE_INVALID. */
export function openDecoder(
  parse: ParseStep,
  env: Readonly<Record<string, string | undefined>>,
): ValueDecoder | undefined {
  if (parse.format === 'raw' || parse.format === 'json') return undefined;
  if (parse.from.kind === 'file') return plainDecoder(parse);
  return new RegistryDecoder(parse, new RegistryClient(parse.from.url, env));
}

/** All values have the one schema that was pinned. */
function plainDecoder({ format, pinned }: BinaryParse): ValueDecoder {
  if (pinned === undefined) throw new BronzeError('PIPELINE_INVALID', `the ${format} schema is not pinned`);
  const toJson = toJsonBy(format, pinned);
  return {
    prepare: () => Promise.resolve(),
    decode(value) {
      try {
        return { kind: 'text', text: encodeText(toJson(value), value), schemaId: null };
      } catch (error) {
        const message = `the value does not decode as ${format}: ${errorMessage(error)}`;
        return { kind: 'rejected', code: 'UNDECODABLE', message, schemaId: null };
      }
    },
  };
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
