import { z } from 'zod';

/** An Avro schema with its names resolved; a recursive one refers back to itself. */
export type AvroType =
  | { readonly kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'string'; readonly logical?: Logical }
  | { readonly kind: 'bytes'; readonly logical?: Logical }
  | { readonly kind: 'fixed'; readonly name: string; readonly size: number; readonly logical?: Logical }
  | { readonly kind: 'enum'; readonly name: string }
  | { readonly kind: 'array'; readonly items: AvroType }
  | { readonly kind: 'map'; readonly values: AvroType }
  | { readonly kind: 'union'; readonly branches: readonly AvroType[] }
  | AvroRecord;

export interface AvroRecord {
  readonly kind: 'record';
  readonly name: string;
  readonly fields: { readonly name: string; readonly type: AvroType }[];
}

/** Avro specification, Logical Types. */
export interface Logical {
  readonly name: string;
  readonly precision: number;
  readonly scale: number;
}

const complexSchema = z.looseObject({
  type: z.unknown(),
  name: z.string().optional(),
  namespace: z.string().optional(),
  logicalType: z.string().optional(),
  precision: z.number().optional(),
  scale: z.number().optional(),
  size: z.number().optional(),
  items: z.unknown().optional(),
  values: z.unknown().optional(),
  fields: z.array(z.looseObject({ name: z.string(), type: z.unknown() })).optional(),
});

const primitives = ['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string'] as const;

/** Reads a schema that the decoder's library has found to be in order; `references` define names that it uses. */
export function readAvroSchema(schema: unknown, references: readonly unknown[] = []): AvroType {
  const names = new Map<string, AvroType>();
  for (const reference of references) read(reference, undefined, names);
  return read(schema, undefined, names);
}

function read(schema: unknown, namespace: string | undefined, names: Map<string, AvroType>): AvroType {
  if (typeof schema === 'string') return readName(schema, namespace, names);
  if (Array.isArray(schema)) return { kind: 'union', branches: schema.map((branch) => read(branch, namespace, names)) };
  const complex = complexSchema.parse(schema);
  const { type, logicalType, precision = 0, scale = 0 } = complex;
  const logical = logicalType === undefined ? {} : { logical: { name: logicalType, precision, scale } };
  const full = fullName(complex.name ?? '', complex.namespace ?? namespace);
  const inner = full.includes('.') ? full.slice(0, full.lastIndexOf('.')) : undefined;
  switch (type) {
    case 'record':
    case 'error': {
      const record: AvroRecord = { kind: 'record', name: full, fields: [] };
      names.set(full, record);
      for (const { name, type: fieldType } of complex.fields ?? []) {
        record.fields.push({ name, type: read(fieldType, inner, names) });
      }
      return record;
    }
    case 'enum':
      return named(full, { kind: 'enum', name: full }, names);
    case 'fixed':
      return named(full, { kind: 'fixed', name: full, size: complex.size ?? 0, ...logical }, names);
    case 'array':
      return { kind: 'array', items: read(complex.items, namespace, names) };
    case 'map':
      return { kind: 'map', values: read(complex.values, namespace, names) };
    default: {
      const base = read(type, namespace, names);
      const isPrimitive = primitives.some((name) => name === base.kind);
      return isPrimitive ? { ...base, ...logical } : base;
    }
  }
}

function named(name: string, type: AvroType, names: Map<string, AvroType>): AvroType {
  names.set(name, type);
  return type;
}

function readName(name: string, namespace: string | undefined, names: Map<string, AvroType>): AvroType {
  const primitive = primitives.find((candidate) => candidate === name);
  if (primitive !== undefined) return { kind: primitive };
  const type = names.get(fullName(name, namespace)) ?? names.get(name);
  if (type === undefined) throw new TypeError(`the schema names ${name}, which it does not define`);
  return type;
}

function fullName(name: string, namespace: string | undefined): string {
  return name.includes('.') || namespace === undefined || namespace === '' ? name : `${namespace}.${name}`;
}

/** The name of a union's branch in what the decoder's library gives. */
export function branchName(type: AvroType): string {
  return 'name' in type ? type.name : type.kind;
}
