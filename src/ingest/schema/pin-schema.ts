import { isAvroRecord } from '../../decode/avro/avro-codec.ts';
import { registryType, RegistryClient } from '../../decode/registry/registry-client.ts';
import { schemaColumns } from '../../decode/schema-columns.ts';
import { BronzeError, errorMessage } from '../../errors.ts';
import type { BinaryParse, PinnedSchema, SchemaSource } from '../../model/job/binary-parse.ts';
import type { JobSpec, ParseStep } from '../../model/job/job-spec.ts';
import type { KeyParse, KeyStep } from '../../model/job/key-step.ts';
import { tableSchema } from '../../transform/table-schema.ts';
import { readSchemaFile } from './schema-file.ts';

export interface PinOptions {
  /** For the registry's credentials. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}

/**
 * The job with the schemas of its values and keys in it, as files or the registry have them now; the same for other jobs.
 * What the job reads and which columns its table has does not change under it afterwards.
 * @throws BronzeError SPEC_INVALID where there is no such schema, PIPELINE_INVALID where it makes no table,
 * REGISTRY_UNAVAILABLE.
 */
export async function pinSchema(spec: JobSpec, options: PinOptions): Promise<JobSpec> {
  const { parse, key } = spec.steps;
  const pinnedParse = isUnpinned(parse) ? await pinBinary(spec, parse, 'steps.parse', options) : parse;
  const pinnedKey = key && (await pinKey(spec, key, options));
  if (pinnedParse === parse && pinnedKey === key) return spec;
  const steps = { ...spec.steps, parse: pinnedParse, ...(pinnedKey === undefined ? {} : { key: pinnedKey }) };
  const job: JobSpec = { ...spec, steps };
  tableSchema(job);
  return job;
}

function isUnpinned(parse: ParseStep | KeyParse): parse is BinaryParse {
  return 'from' in parse && parse.pinned === undefined;
}

async function pinKey(spec: JobSpec, key: KeyStep, options: PinOptions): Promise<KeyStep> {
  if (!isUnpinned(key.parse)) return key;
  const parse = await pinBinary(spec, key.parse, 'steps.parse.key', options);
  const { columns } = key;
  const isSingle = parse.format === 'avro' && parse.pinned !== undefined && !isAvroRecord(parse.pinned);
  if (!isSingle || columns.kind === 'fields') return { ...key, parse };
  // Avro's single values are decoded as records of one field.
  return { ...key, parse, columns: { kind: 'fields', fields: [{ column: columns.column, field: 'value' }] } };
}

/** The same where each record names its schema, and the job gives the columns. */
async function pinBinary(spec: JobSpec, parse: BinaryParse, at: string, options: PinOptions): Promise<BinaryParse> {
  const pinned = await readSchema(spec, parse, at, options);
  if (pinned === undefined) return parse;
  try {
    const columns = schemaColumns(parse.format, pinned);
    return { ...parse, schema: parse.schema.length > 0 ? parse.schema : columns, pinned };
  } catch (error) {
    throw invalid(spec, at, `the ${parse.format} schema is not in order: ${errorMessage(error)}`);
  }
}

async function readSchema(
  spec: JobSpec,
  parse: BinaryParse,
  at: string,
  options: PinOptions,
): Promise<PinnedSchema | undefined> {
  const { format, from } = parse;
  if (from.kind === 'registry') {
    // Each record names its schema; with columns of its own the job needs none before.
    return parse.schema.length > 0 ? undefined : latestSchema(spec, format, from, at, options);
  }
  try {
    return await readSchemaFile(format, from);
  } catch (error) {
    throw invalid(spec, at, `cannot read the schema file ${from.path}: ${errorMessage(error)}`);
  }
}

async function latestSchema(
  spec: JobSpec,
  format: BinaryParse['format'],
  { url, subject }: Extract<SchemaSource, { kind: 'registry' }>,
  at: string,
  { env, signal }: PinOptions,
): Promise<PinnedSchema> {
  const latest = await new RegistryClient(url, env).latestOf(subject, signal);
  // The producer that registers the first schema may be started later than the job.
  if (latest === undefined) {
    throw new BronzeError('REGISTRY_UNAVAILABLE', `the Schema Registry ${url} has no subject ${subject} yet`);
  }
  const { type, text, references } = latest;
  if (type === registryType(format)) return { text, references };
  throw invalid(spec, at, `the schema of ${subject} is of type ${type}, not ${format}`);
}

function invalid(spec: JobSpec, at: string, problem: string): BronzeError {
  return new BronzeError('SPEC_INVALID', `job ${spec.name}: ${at}: ${problem}`);
}
