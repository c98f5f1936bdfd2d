import { avroSchemaColumns } from '../decode/avro/avro-codec.ts';
import { jsonSchemaColumns } from '../decode/json-schema/json-schema-columns.ts';
import { protobufSchemaColumns } from '../decode/protobuf/protobuf-codec.ts';
import { registryType, RegistryClient } from '../decode/registry/registry-client.ts';
import { BronzeError, errorMessage } from '../errors.ts';
import type { BinaryParse, PinnedSchema, SchemaSource } from '../model/binary-parse.ts';
import type { JobSpec } from '../model/job-spec.ts';
import type { StructField } from '../model/table-schema.ts';
import { tableSchema } from '../transform/table-schema.ts';
import { readSchemaFile } from './schema-file.ts';

const schemaColumns: Readonly<Record<BinaryParse['format'], (schema: PinnedSchema) => readonly StructField[]>> = {
  avro: avroSchemaColumns,
  protobuf: protobufSchemaColumns,
  jsonSchema: jsonSchemaColumns,
};

export interface PinOptions {
  /** For the registry's credentials. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/**
 * The job with the schema of its values in it, as the file or the registry has it now; the same for other jobs. What
 * the job reads and which columns its table has does not change under it afterwards.
 * @throws BronzeError SPEC_INVALID where there is no such schema, PIPELINE_INVALID where it makes no table,
 * REGISTRY_UNAVAILABLE.
 */
export async function pinSchema(spec: JobSpec, options: PinOptions): Promise<JobSpec> {
  const { parse } = spec.steps;
  if (parse.format === 'raw' || parse.format === 'json' || parse.pinned !== undefined) return spec;
  const pinned = await readSchema(spec, parse, options);
  if (pinned === undefined) return spec;
  let schema: readonly StructField[];
  try {
    const columns = schemaColumns[parse.format](pinned);
    schema = parse.schema.length > 0 ? parse.schema : columns;
  } catch (error) {
    throw invalid(spec, `the ${parse.format} schema is not in order: ${errorMessage(error)}`);
  }
  const job: JobSpec = { ...spec, steps: { ...spec.steps, parse: { ...parse, schema, pinned } } };
  tableSchema(job);
  return job;
}

async function readSchema(spec: JobSpec, parse: BinaryParse, options: PinOptions): Promise<PinnedSchema | undefined> {
  const { format, from } = parse;
  if (from.kind === 'registry') {
    // Each record names its schema; with columns of its own the job needs none before.
    return parse.schema.length > 0 ? undefined : latestSchema(spec, format, from, options);
  }
  try {
    return await readSchemaFile(format, from);
  } catch (error) {
    throw invalid(spec, `cannot read the schema file ${from.path}: ${errorMessage(error)}`);
  }
}

async function latestSchema(
  spec: JobSpec,
  format: BinaryParse['format'],
  { url, subject }: Extract<SchemaSource, { kind: 'registry' }>,
  { env, signal }: PinOptions,
): Promise<PinnedSchema> {
  const latest = await new RegistryClient(url, env).latestOf(subject, signal);
  // The producer that registers the first schema may be started later than the job.
  if (latest === undefined) {
    throw new BronzeError('REGISTRY_UNAVAILABLE', `the Schema Registry ${url} has no subject ${subject} yet`);
  }
  const { type, text, references } = latest;
  if (type === registryType(format)) return { text, references };
  throw invalid(spec, `the schema of ${subject} is of type ${type}, not ${format}`);
}

function invalid(spec: JobSpec, problem: string): BronzeError {
  return new BronzeError('SPEC_INVALID', `job ${spec.name}: steps.parse: ${problem}`);
}
