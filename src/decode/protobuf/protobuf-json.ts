import protobuf from 'protobufjs';
import { base64Json, floatingJson, floorDivide, instantJson, type WriteJson } from '../json-text.ts';
import { isWrapper, tracksPresence, wellKnownName } from './protobuf-schema.ts';

type Write = WriteJson<unknown>;
type Fields = Readonly<Record<string, unknown>>;

/** A writer for what the Protobuf library makes of a message of this type. */
export function protobufWriter(message: protobuf.Type): Write {
  return messageWriter(message, new Map());
}

function messageWriter(message: protobuf.Type, known: Map<protobuf.Type, Write>): Write {
  const special = wellKnownWriter(message, known);
  if (special !== undefined) return special;
  const before = known.get(message);
  if (before !== undefined) return before;
  const fields: { readonly name: string; readonly write: (message: Fields) => string | undefined }[] = [];
  const write: Write = (value) => {
    let text = '';
    for (const field of fields) {
      const content = field.write(value as Fields);
      if (content !== undefined) text += `${text === '' ? '' : ','}${field.name}:${content}`;
    }
    return `{${text}}`;
  };
  // Before its fields are looked at: one of them may hold the message again.
  known.set(message, write);
  for (const field of message.fieldsArray) {
    fields.push({ name: JSON.stringify(field.name), write: fieldWriter(field, known) });
  }
  return write;
}

/** Gives nothing for a field that has no value. */
function fieldWriter(field: protobuf.Field, known: Map<protobuf.Type, Write>): (message: Fields) => string | undefined {
  const { name } = field;
  const write = valueWriter(field, known);
  if (field instanceof protobuf.MapField) {
    return (message) => {
      const entries = Object.entries((Object.hasOwn(message, name) ? message[name] : {}) as object);
      return `{${entries.map(([key, value]) => `${JSON.stringify(mapKey(field, key))}:${write(value)}`).join(',')}}`;
    };
  }
  if (field.repeated) {
    return (message) =>
      `[${Object.hasOwn(message, name) ? (message[name] as readonly unknown[]).map(write).join(',') : ''}]`;
  }
  if (tracksPresence(field)) {
    return (message) => (Object.hasOwn(message, name) && message[name] !== null ? write(message[name]) : undefined);
  }
  const zero = field.type === 'bytes' ? '""' : write(field.typeDefault);
  return (message) => (Object.hasOwn(message, name) ? write(message[name]) : zero);
}

/** The library keeps the eight bytes of a 64-bit key. */
function mapKey(field: protobuf.MapField, key: string): string {
  if (!/64$/.test(field.keyType) || key.length !== 8) return key;
  const bits = Buffer.from(key, 'latin1').readBigUInt64LE();
  return String(/^(u|fixed)/.test(field.keyType) ? bits : BigInt.asIntN(64, bits));
}

function valueWriter(field: protobuf.Field, known: Map<protobuf.Type, Write>): Write {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Type) return messageWriter(resolvedType, known);
  if (resolvedType !== null) return (value) => JSON.stringify(resolvedType.valuesById[Number(value)] ?? String(value));
  switch (field.type) {
    case 'double':
    case 'float':
      return (value) => floatingJson(Number(value));
    case 'string':
      return (value) => JSON.stringify(value);
    case 'bytes':
      return (value) => base64Json(value as Uint8Array);
    default:
      return String;
  }
}

function wellKnownWriter(message: protobuf.Type, known: Map<protobuf.Type, Write>): Write | undefined {
  const name = wellKnownName(message);
  if (name === 'Timestamp') {
    return (value) => {
      const { seconds = 0, nanos = 0 } = value as { readonly seconds?: unknown; readonly nanos?: number };
      return instantJson(BigInt(String(seconds)) * 1_000_000n + floorDivide(BigInt(nanos), 1000n), 'Z');
    };
  }
  if (name === 'Struct' || name === 'Value' || name === 'ListValue') {
    // A text in a text, so that the column holds it as it is.
    return (value) => JSON.stringify(plainJson(name, value as Fields));
  }
  const [wrapped] = message.fieldsArray;
  if (!isWrapper(name) || wrapped === undefined) return undefined;
  const write = fieldWriter(wrapped, known);
  return (value) => write(value as Fields) ?? 'null';
}

/** google.protobuf.Struct and its parts as the JSON that they stand for. */
function plainJson(kind: 'Struct' | 'Value' | 'ListValue', value: Fields): string {
  switch (kind) {
    case 'Struct': {
      const entries = Object.entries((value['fields'] ?? {}) as Readonly<Record<string, Fields>>);
      return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${plainJson('Value', item)}`).join(',')}}`;
    }
    case 'ListValue':
      return `[${((value['values'] ?? []) as readonly Fields[]).map((item) => plainJson('Value', item)).join(',')}]`;
    case 'Value': {
      const has = (name: string): boolean => Object.hasOwn(value, name);
      if (has('structValue')) return plainJson('Struct', value['structValue'] as Fields);
      if (has('listValue')) return plainJson('ListValue', value['listValue'] as Fields);
      if (has('numberValue')) return floatingJson(Number(value['numberValue']));
      if (has('stringValue')) return JSON.stringify(value['stringValue']);
      return has('boolValue') ? String(value['boolValue']) : 'null';
    }
  }
}
