import path from 'node:path';
import { z } from 'zod';
import type { BinaryParse, SchemaSource } from '../../model/job/binary-parse.ts';
import type { TopicSelection } from '../../model/job/job-spec.ts';
import { columns } from './columns-yaml.ts';
import type { StructField } from '../../model/table/table-schema.ts';
import type { DocumentPath } from '../document/document-path.ts';
import type { ReportProblem } from '../document/spec-problem.ts';
import { text } from './yaml-leaves.ts';

/** Of values and keys. */
const sourceKeys = {
  registry: text({
    description: "URL of a Schema Registry; each record names its schema in Confluent's wire format.",
    examples: ['${SCHEMA_REGISTRY_URL:-http://localhost:8081}'],
  }).optional(),
  subject: text({
    description: "The registry's subject whose latest schema gives the columns. Default: <topic>-value, or -key.",
  }).optional(),
  schema: columns({ description: 'The columns, where they are not those of the schema.' }).optional(),
};

export const avroKeys = {
  format: z.literal('avro').meta({ description: 'One Avro datum per record.' }),
  schemaFile: text({ description: 'The Avro schema of all records, a .avsc file.' }).optional(),
  ...sourceKeys,
};

export const protobufKeys = {
  format: z.literal('protobuf').meta({ description: 'One Protobuf message per record.' }),
  schemaFile: text({
    description: 'The .proto file of all records, or a compiled one (.desc: a FileDescriptorSet with its imports).',
  }).optional(),
  message: text({
    description: "The full name of the records' message. Default: the first one of the file.",
    examples: ['acme.events.v1.Created'],
  }).optional(),
  ...sourceKeys,
};

export const jsonSchemaKeys = {
  format: z.literal('jsonSchema').meta({ description: 'One JSON object per record, by a JSON Schema.' }),
  schemaFile: text({ description: 'The JSON Schema of all records, a .json file.' }).optional(),
  ...sourceKeys,
};

/** What values and keys say of their schema. */
export interface BinaryYaml {
  readonly format: BinaryParse['format'];
  readonly schemaFile?: string | undefined;
  readonly message?: string | undefined;
  readonly registry?: string | undefined;
  readonly subject?: string | undefined;
  readonly schema?: readonly StructField[] | undefined;
}

/** Where the schema is must be said once, and a subject belongs to one topic. */
export function checkBinaryParse(
  parse: BinaryYaml,
  at: DocumentPath,
  topics: TopicSelection | undefined,
  report: ReportProblem,
): void {
  const { schemaFile, registry, subject, schema } = parse;
  if (schemaFile === undefined && registry === undefined) {
    report(at, `${parse.format} needs a schemaFile or a registry`);
  } else if (schemaFile !== undefined && registry !== undefined) {
    report([...at, 'registry'], 'schemaFile and registry exclude each other; keep one of them');
  } else if (registry !== undefined) {
    if (!isRegistryUrl(registry)) {
      report([...at, 'registry'], 'expected an http(s) URL; name and password go into SCHEMA_REGISTRY_BASIC_AUTH');
    }
    const isOneTopic = topics?.kind === 'list' && topics.topics.length === 1;
    if (topics !== undefined && !isOneTopic && subject === undefined && schema === undefined) {
      report([...at, 'subject'], 'missing; with more than one topic, say which subject gives the columns, or a schema');
    }
  }
}

function isRegistryUrl(url: string): boolean {
  const parsed = URL.parse(url);
  return parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username === '' && parsed.password === '';
}

/** What schemas are of, how their subjects end, and what becomes of what does not fit. */
export interface BinaryUse {
  readonly part: 'value' | 'key';
  readonly onCastFailure: BinaryParse['onCastFailure'];
}

export function buildBinaryParse(
  parse: BinaryYaml,
  { part, onCastFailure }: BinaryUse,
  topics: TopicSelection,
  workingFolder: string,
): BinaryParse {
  const { format, schema = [] } = parse;
  return { format, from: schemaSource(parse, part, topics, workingFolder), schema, onCastFailure };
}

function schemaSource(
  parse: BinaryYaml,
  part: BinaryUse['part'],
  topics: TopicSelection,
  workingFolder: string,
): SchemaSource {
  const { schemaFile, registry = '', subject } = parse;
  const message = parse.message === undefined ? {} : { message: parse.message };
  if (schemaFile !== undefined) return { kind: 'file', path: path.resolve(workingFolder, schemaFile), ...message };
  const [topic = ''] = topics.kind === 'list' ? topics.topics : [];
  return { kind: 'registry', url: registry.replace(/\/+$/, ''), subject: subject ?? `${topic}-${part}` };
}
