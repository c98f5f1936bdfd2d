import { z } from 'zod';
import type { PinnedSchema } from '../../model/job/binary-parse.ts';
import { field, type DataType, type StructField } from '../../model/table/table-schema.ts';

const schemaSchema = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  format: z.string().optional(),
  contentEncoding: z.string().optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  additionalProperties: z.unknown().optional(),
  items: z.unknown().optional(),
  oneOf: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
});

type JsonSchema = z.output<typeof schemaSchema>;

/** The documents that a `$ref` can lead to, and those that lead here. */
interface Place {
  readonly documents: ReadonlyMap<string, unknown>;
  readonly document: unknown;
  readonly outer: readonly unknown[];
}

/** The columns of a table for objects of this schema. @throws Error with what is wrong with it. */
export function jsonSchemaColumns({ text, references }: PinnedSchema): readonly StructField[] {
  const document: unknown = JSON.parse(text);
  const documents = new Map(
    references.map(({ name, text: reference }): [string, unknown] => [name, JSON.parse(reference)]),
  );
  const type = dataTypeOf(document, { documents, document, outer: [] });
  if (typeof type === 'object' && type.type === 'struct') return type.fields;
  throw new TypeError('it describes no object with properties');
}

/** What has no type of a table's, such as a choice between types, is kept as JSON. */
function dataTypeOf(node: unknown, place: Place): DataType {
  const parsed = schemaSchema.safeParse(node);
  if (!parsed.success || place.outer.includes(node)) return 'string';
  const schema = parsed.data;
  const inside = { ...place, outer: [...place.outer, node] };
  if (schema.$ref !== undefined) return referredType(schema.$ref, inside);
  const [only, ...others] = (schema.oneOf ?? schema.anyOf ?? []).filter((choice) => !isNull(choice));
  if (only !== undefined) return others.length === 0 ? dataTypeOf(only, inside) : 'string';
  const types = (typeof schema.type === 'string' ? [schema.type] : (schema.type ?? [])).filter(
    (name) => name !== 'null',
  );
  if (types.length > 1) return 'string';
  switch (types[0] ?? (schema.properties === undefined ? undefined : 'object')) {
    case 'integer':
      return 'long';
    case 'number':
      return 'double';
    case 'boolean':
      return 'boolean';
    case 'string':
      return textType(schema);
    case 'array':
      return Array.isArray(schema.items) || schema.items === undefined
        ? 'string'
        : { type: 'array', elementType: dataTypeOf(schema.items, inside), containsNull: true };
    case 'object':
      return objectType(schema, inside);
    default:
      return 'string';
  }
}

function textType({ format, contentEncoding }: JsonSchema): DataType {
  if (format === 'date') return 'date';
  if (format === 'date-time') return 'timestamp';
  return contentEncoding === 'base64' ? 'binary' : 'string';
}

function objectType({ properties = {}, additionalProperties }: JsonSchema, place: Place): DataType {
  const fields = Object.entries(properties).map(([name, schema]) => field(name, dataTypeOf(schema, place)));
  if (fields.length > 0) return { type: 'struct', fields };
  if (typeof additionalProperties !== 'object' || additionalProperties === null) return 'string';
  const valueType = dataTypeOf(additionalProperties, place);
  return { type: 'map', keyType: 'string', valueType, valueContainsNull: true };
}

function isNull(choice: unknown): boolean {
  return typeof choice === 'object' && choice !== null && 'type' in choice && choice.type === 'null';
}

/** `#/$defs/Name`, a document that the registry names, or a place within that one. */
function referredType(reference: string, place: Place): DataType {
  const [name = '', pointer = ''] = reference.split('#');
  const document = name === '' ? place.document : place.documents.get(name);
  if (document === undefined) throw new TypeError(`it refers to ${reference}, which is not there`);
  let found: unknown = document;
  for (const part of pointer.split('/').slice(1)) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    found = typeof found === 'object' && found !== null ? (found as Readonly<Record<string, unknown>>)[key] : undefined;
  }
  if (found === undefined) throw new TypeError(`it refers to ${reference}, which is not there`);
  return dataTypeOf(found, { ...place, document });
}
