import { BronzeError, errorMessage } from '../errors.ts';
import type { BinaryParse } from '../model/binary-parse.ts';
import type { ParseStep } from '../model/job-spec.ts';
import type { ValueDecoder } from '../model/value-decoder.ts';
import { avroToJson } from './avro/avro-codec.ts';
import { protobufToJson } from './protobuf/protobuf-codec.ts';
import { RegistryClient } from './registry/registry-client.ts';
import { RegistryDecoder } from './registry/registry-decoder.ts';
import { encodeText } from './json-text.ts';

/** The decoder of a job's values; none for formats that the engine reads as they are. @throws BronzeError PIPELINE_INVALID. */
export function openDecoder(
  parse: ParseStep,
  env: Readonly<Record<string, string | undefined>>,
): ValueDecoder | undefined {
  if (parse.format !== 'avro' && parse.format !== 'protobuf') return undefined;
  if (parse.from.kind === 'file') return plainDecoder(parse);
  return new RegistryDecoder(parse, new RegistryClient(parse.from.url, env));
}

/** All values have the one schema that was pinned. */
function plainDecoder({ format, pinned }: BinaryParse): ValueDecoder {
  if (pinned === undefined) throw new BronzeError('PIPELINE_INVALID', `the ${format} schema is not pinned`);
  const toJson = format === 'avro' ? avroToJson(pinned) : protobufToJson(pinned);
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
