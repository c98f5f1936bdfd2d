import { errorMessage } from '../../errors.ts';
import type { BinaryParse } from '../../model/job/binary-parse.ts';
import type { SchemaEvolution } from '../../model/job/job-spec.ts';
import type { SchemaFinding } from '../../model/batch/lane-schema.ts';
import type { DecodedValue, ValueDecoder } from '../../model/pipeline/value-decoder.ts';
import { avroToJson } from '../avro/avro-codec.ts';
import { jsonTextValue } from '../json-schema/json-text-value.ts';
import { encodeText } from '../json-text.ts';
import { protobufToJson } from '../protobuf/protobuf-codec.ts';
import { messageNameAt } from '../protobuf/protobuf-schema.ts';
import { differsInWidth, judgeSchema, readsAsPinned } from './judge-schema.ts';
import { registryType, type RegisteredSchema, type RegistryClient } from './registry-client.ts';
import { readMessageIndexes, readWireValue } from './wire-format.ts';

type ToJson = (payload: Uint8Array) => string;

/** A schema that the registry has, has not, that cannot be used, or about which has to be decided first. */
type KnownSchema =
  | { readonly kind: 'undecided' }
  | { readonly kind: 'usable'; readonly toJson: ToJson }
  | Pick<Extract<DecodedValue, { kind: 'rejected' }>, 'kind' | 'code' | 'message'>;

/** Decodes values each of which names its schema. */
export class RegistryDecoder implements ValueDecoder {
  readonly #parse: BinaryParse;
  readonly #registry: RegistryClient;
  readonly #noun: 'value' | 'key';
  readonly #evolution: SchemaEvolution;
  readonly #schemas = new Map<number, KnownSchema>();
  readonly findings: SchemaFinding[] = [];

  constructor(
    parse: BinaryParse,
    registry: RegistryClient,
    { noun, evolution }: { readonly noun: 'value' | 'key'; readonly evolution: SchemaEvolution },
  ) {
    this.#parse = parse;
    this.#noun = noun;
    this.#registry = registry;
    this.#evolution = evolution;
  }

  async prepare(values: Iterable<Uint8Array | null>, signal: AbortSignal): Promise<void> {
    for (const value of values) {
      const wire = value === null ? undefined : readWireValue(value);
      if (wire === undefined || this.#schemas.has(wire.schemaId)) continue;
      this.#schemas.set(
        wire.schemaId,
        this.#judge(wire.schemaId, await this.#registry.schemaOf(wire.schemaId, signal)),
      );
    }
  }

  decode(value: Uint8Array): DecodedValue {
    const { format } = this.#parse;
    const wire = readWireValue(value);
    if (wire === undefined) {
      const message = `the ${this.#noun} is not in Confluent's wire format: it names no schema`;
      return { kind: 'rejected', code: 'UNDECODABLE', message, schemaId: null };
    }
    const { schemaId, payload } = wire;
    const schema = this.#schemas.get(schemaId);
    if (schema === undefined || schema.kind === 'undecided') throw new Error(`schema ${schemaId} was not prepared`);
    if (schema.kind === 'rejected') return { ...schema, schemaId };
    try {
      return { kind: 'text', text: encodeText(schema.toJson(payload), payload), schemaId };
    } catch (error) {
      const message = `the ${this.#noun} does not decode as ${format} by schema ${schemaId}: ${errorMessage(error)}`;
      return { kind: 'rejected', code: 'UNDECODABLE', message, schemaId };
    }
  }

  #judge(id: number, schema: RegisteredSchema | undefined): KnownSchema {
    const { format } = this.#parse;
    if (schema === undefined) {
      return { kind: 'rejected', code: 'UNKNOWN_SCHEMA', message: `the registry does not know schema ${id}` };
    }
    if (schema.type !== registryType(format)) {
      const message = `schema ${id} is of type ${schema.type}, and the job reads ${format}`;
      return { kind: 'rejected', code: 'UNDECODABLE', message };
    }
    try {
      const judged = judgeSchema(this.#parse, id, schema, this.#evolution);
      switch (judged.kind) {
        case 'new':
          this.findings.push({ schemaId: id, columns: judged.columns });
          return { kind: 'undecided' };
        case 'refused':
          return { kind: 'rejected', code: 'SCHEMA_INCOMPATIBLE', message: `schema ${id}: ${judged.reason}` };
        case 'covered':
          return { kind: 'usable', toJson: this.#toJson(schema) };
      }
    } catch (error) {
      const message = `${this.#noun}s of schema ${id} cannot be read as the job's schema: ${errorMessage(error)}`;
      return { kind: 'rejected', code: 'UNDECODABLE', message };
    }
  }

  #toJson(schema: RegisteredSchema): ToJson {
    switch (this.#parse.format) {
      case 'avro':
        return this.#avro(schema);
      case 'protobuf':
        return protobufByIndexes(schema);
      case 'jsonSchema':
        return jsonTextValue;
    }
  }

  /**
   * Read as the schema that was pinned, by Avro's rules. As it was written where there is none; and in a lane that follows
   * its records also where the pinned one would lose fields that have columns by now, or cannot be read as. Avro reads no
   * long as an int; where types differ in width alone, each value is judged by the cast to its column.
   */
  #avro(schema: RegisteredSchema): ToJson {
    const reader = this.#parse.pinned;
    if (reader === undefined || reader.text === schema.text) return avroToJson(schema);
    try {
      if (this.#evolution !== 'addColumns') return avroToJson(schema, reader);
      return readsAsPinned(this.#parse.format, schema, reader) ? avroToJson(schema, reader) : avroToJson(schema);
    } catch (error) {
      if (this.#evolution !== 'addColumns' && !differsInWidth(this.#parse.format, schema, reader)) throw error;
      return avroToJson(schema);
    }
  }
}

/** Messages of a file by their place in it, each prepared once. */
function protobufByIndexes(schema: RegisteredSchema): ToJson {
  const messages = new Map<string, ToJson>();
  return (payload) => {
    const { indexes, message } = readMessageIndexes(payload);
    const place = indexes.join('.');
    let toJson = messages.get(place);
    if (toJson === undefined) {
      toJson = protobufToJson({ ...schema, message: messageNameAt(schema.text, indexes) });
      messages.set(place, toJson);
    }
    return toJson(message);
  };
}
