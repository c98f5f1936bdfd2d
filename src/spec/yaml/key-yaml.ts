import { z } from 'zod';
import type { TopicSelection } from '../../model/job/job-spec.ts';
import {
  defaultKeyColumn,
  serializedTypes,
  type KeyColumns,
  type KeyParse,
  type KeyStep,
} from '../../model/job/key-step.ts';
import { struct, type DataType, type StructField } from '../../model/table/table-schema.ts';
import {
  avroKeys,
  buildBinaryParse,
  checkBinaryParse,
  jsonSchemaKeys,
  protobufKeys,
  type BinaryYaml,
} from './binary-parse-yaml.ts';
import { castFailureYaml } from './cast-failure-yaml.ts';
import { columns, columnType } from './columns-yaml.ts';
import { isMap, type DocumentPath } from '../document/document-path.ts';
import type { ReportProblem } from '../document/spec-problem.ts';
import { leaf, section } from './yaml-leaves.ts';

const at = ['steps', 'parse', 'key'] as const;

const resultKeys = {
  as: leaf<KeyColumns>(
    {
      anyOf: [{ type: 'string' }, { type: 'object', minProperties: 1, additionalProperties: { type: 'string' } }],
      description: `The column that holds the key; or a map from column to field of the key. Default: ${defaultKeyColumn}.`,
    },
    (value) => {
      if (typeof value === 'string' && value !== '') return { ok: true, value: { kind: 'whole', column: value } };
      const fields = isMap(value) ? Object.entries(value) : [];
      const named = fields.flatMap(([column, field]) => (typeof field === 'string' ? [{ column, field }] : []));
      return fields.length > 0 && named.length === fields.length
        ? { ok: true, value: { kind: 'fields', fields: named } }
        : { ok: false, expected: 'the name of a column, or a map from column to field of the key' };
    },
  ).optional(),
  onFailure: castFailureYaml(
    'What a key does that cannot be read, or does not fit its type: make the record a dead letter (reject, the default), or nulls.',
  ).optional(),
};

const jsonKeyYaml = section(
  {
    format: z.literal('json').meta({ description: 'JSON in UTF-8.' }),
    schema: columns({ description: 'The fields of a key that is a JSON object.' }).optional(),
    type: columnType({ description: 'The type of a key that is a single value.', examples: ['bigint'] }).optional(),
    ...resultKeys,
  },
  { description: 'The key is JSON.' },
);

const serializedNames = Object.keys(serializedTypes).filter((name): name is keyof typeof serializedTypes =>
  Object.hasOwn(serializedTypes, name),
);

const serializedYaml = section(
  {
    format: z
      .literal(serializedNames)
      .meta({ description: "What Kafka's own serializer of that type writes: UTF-8, or a number big-endian." }),
    ...resultKeys,
  },
  { description: 'The key is a single value.' },
);

/** How keys are decoded. */
export const keyYaml = z
  .discriminatedUnion(
    'format',
    [
      serializedYaml,
      jsonKeyYaml,
      section({ ...avroKeys, ...resultKeys }, { description: 'The key is an Avro datum.' }),
      section({ ...jsonSchemaKeys, ...resultKeys }, { description: 'The key is JSON, by a JSON Schema.' }),
      section({ ...protobufKeys, ...resultKeys }, { description: 'The key is a Protobuf message.' }),
    ],
    { error: `a map with format: json, avro, protobuf, jsonSchema, ${serializedNames.join(', ')}` },
  )
  .meta({ description: 'The key to columns, after those of the value.' });

type KeyYaml = z.output<typeof keyYaml>;

export function checkKey(key: KeyYaml, topics: TopicSelection | undefined, report: ReportProblem): void {
  if (isBinary(key)) checkBinaryParse(key, at, topics, report);
  if (key.format === 'json' && (key.schema === undefined) === (key.type === undefined)) {
    report(at, 'json needs a schema (of an object) or a type (of a single value)');
  }
  if (key.as?.kind !== 'fields') return;
  const type = knownType(key);
  for (const [index, { column, field }] of key.as.fields.entries()) {
    const path = [...at, 'as', column];
    if (key.as.fields.findIndex((other) => other.field === field) < index) report(path, `${field} is there twice`);
    else if (type !== undefined && fieldsOf(type).every(({ name }) => name !== field)) {
      report(path, `the key has no field ${field}`);
    }
  }
}

export function buildKey(key: KeyYaml, topics: TopicSelection, workingFolder: string): KeyStep {
  const { onFailure = 'reject' } = key;
  return { parse: buildKeyParse(key, onFailure, topics, workingFolder), columns: resultColumns(key), onFailure };
}

export function resultColumns({ as = { kind: 'whole', column: defaultKeyColumn } }: KeyYaml): KeyColumns {
  return as;
}

function buildKeyParse(
  key: KeyYaml,
  onCastFailure: KeyStep['onFailure'],
  topics: TopicSelection,
  workingFolder: string,
): KeyParse {
  if (isBinary(key)) return buildBinaryParse(key, { part: 'key', onCastFailure }, topics, workingFolder);
  return key.format === 'json' ? { format: 'json', type: jsonType(key) } : { format: key.format };
}

/** The columns of the key; `undefined` where a schema elsewhere gives them. */
export function keyColumns(
  key: KeyYaml,
): readonly { readonly name: string; readonly type: DataType; readonly path: DocumentPath }[] | undefined {
  const type = knownType(key);
  if (type === undefined) return undefined;
  const as = resultColumns(key);
  if (as.kind === 'whole') return [{ name: as.column, type, path: key.as === undefined ? at : [...at, 'as'] }];
  return as.fields.flatMap(({ column, field }) => {
    const found = fieldsOf(type).find(({ name }) => name === field);
    return found === undefined ? [] : [{ name: column, type: found.type, path: [...at, 'as', column] }];
  });
}

function knownType(key: KeyYaml): DataType | undefined {
  if (isBinary(key)) return key.schema && struct(...key.schema);
  return key.format === 'json' ? jsonType(key) : serializedTypes[key.format];
}

function jsonType({ schema, type }: z.output<typeof jsonKeyYaml>): DataType {
  return type ?? struct(...(schema ?? []));
}

function fieldsOf(type: DataType): readonly StructField[] {
  return typeof type !== 'string' && type.type === 'struct' ? type.fields : [];
}

function isBinary(key: KeyYaml): key is Extract<KeyYaml, BinaryYaml> {
  return key.format === 'avro' || key.format === 'protobuf' || key.format === 'jsonSchema';
}
