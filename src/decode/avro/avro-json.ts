import {
  base64Json,
  dateJson,
  decimalJson,
  floatingJson,
  floorDivide,
  instantJson,
  type WriteJson,
} from '../json-text.ts';
import { isDecimal, isDuration, isUuid, valueBranches, widenedNumber } from './avro-columns.ts';
import { branchName, type AvroRecord, type AvroType } from './avro-schema.ts';

type Write = WriteJson<unknown>;

/** A writer for what the Avro library makes of a value of this type, with unions always wrapped and longs as bigint. */
export function avroWriter(type: AvroType): Write {
  const write = writerOf(type, new Map());
  return type.kind === 'record' ? write : (value) => `{"value":${write(value)}}`;
}

function writerOf(type: AvroType, records: Map<AvroRecord, Write>): Write {
  switch (type.kind) {
    case 'null':
      return () => 'null';
    case 'boolean':
      return String;
    case 'enum':
    case 'string':
      return (value) => JSON.stringify(value);
    case 'float':
    case 'double':
      return (value) => floatingJson(Number(value));
    case 'int':
      return type.logical?.name === 'date' ? (value) => dateJson(Number(value)) : String;
    case 'long':
      return longWriter(type.logical?.name);
    case 'bytes':
    case 'fixed':
      return bytesWriter(type);
    case 'array': {
      const write = writerOf(type.items, records);
      return (value) => `[${(value as readonly unknown[]).map(write).join(',')}]`;
    }
    case 'map': {
      const write = writerOf(type.values, records);
      return (value) =>
        `{${Object.entries(value as object)
          .map(([key, item]) => `${JSON.stringify(key)}:${write(item)}`)
          .join(',')}}`;
    }
    case 'union':
      return unionWriter(type.branches, records);
    case 'record':
      return recordWriter(type, records);
  }
}

function recordWriter(record: AvroRecord, records: Map<AvroRecord, Write>): Write {
  const known = records.get(record);
  if (known !== undefined) return known;
  const fields: { readonly prefix: string; readonly name: string; readonly write: Write }[] = [];
  const write: Write = (value) => {
    let text = '{';
    for (const { prefix, name, write: writeField } of fields) {
      text += prefix + writeField((value as Readonly<Record<string, unknown>>)[name]);
    }
    return `${text}}`;
  };
  // Before its fields are looked at: one of them may hold the record again.
  records.set(record, write);
  for (const [index, { name, type }] of record.fields.entries()) {
    const prefix = `${index === 0 ? '' : ','}${JSON.stringify(name)}:`;
    fields.push({ prefix, name, write: writerOf(type, records) });
  }
  return write;
}

function unionWriter(all: readonly AvroType[], records: Map<AvroRecord, Write>): Write {
  const branches = valueBranches(all);
  const isPlain = branches.length < 2 || widenedNumber(branches) !== undefined;
  const writers = new Map(
    branches.map((branch, index) => {
      const write = writerOf(branch, records);
      const asMember: Write = (value) => `{"member${index}":${write(value)}}`;
      return [branchName(branch), isPlain ? write : asMember];
    }),
  );
  return (value) => {
    if (value === null) return 'null';
    const wrapped = Object.entries(value as object)[0];
    const write = wrapped && writers.get(wrapped[0]);
    if (!write) throw new TypeError('a value of no branch of its union');
    return write(wrapped[1]);
  };
}

function longWriter(logical: string | undefined): Write {
  const zone = logical?.startsWith('local-') === true ? '' : 'Z';
  switch (logical?.replace('local-', '')) {
    case 'timestamp-millis':
      return (value) => instantJson(bigintOf(value) * 1000n, zone);
    case 'timestamp-micros':
      return (value) => instantJson(bigintOf(value), zone);
    case 'timestamp-nanos':
      return (value) => instantJson(floorDivide(bigintOf(value), 1000n), zone);
    default:
      return String;
  }
}

function bytesWriter(type: Extract<AvroType, { kind: 'bytes' | 'fixed' }>): Write {
  const { scale = 0 } = type.logical ?? {};
  if (isDecimal(type)) return (value) => decimalJson(value as Buffer, scale);
  if (isUuid(type)) {
    return (value) => {
      const hex = (value as Buffer).toString('hex');
      return `"${hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}"`;
    };
  }
  if (!isDuration(type)) return (value) => base64Json(value as Buffer);
  return (value) => {
    const bytes = value as Buffer;
    const [months, days, millis] = [bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8)];
    return `{"months":${months},"days":${days},"millis":${millis}}`;
  };
}

/** A long that was promoted from an int by the reader's schema is a number. */
function bigintOf(value: unknown): bigint {
  return typeof value === 'bigint' ? value : BigInt(Number(value));
}
