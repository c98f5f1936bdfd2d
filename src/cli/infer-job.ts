import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { RegistryClient } from '../decode/registry/registry-client.ts';
import { BronzeError } from '../errors.ts';
import { jobFileText } from '../infer/job-file-text.ts';
import { sampleOfFile, sampleOfTopic } from '../infer/read-sample.ts';
import { registryJobText } from '../infer/registry-job-text.ts';
import type { SampleSummary } from '../infer/summarize-sample.ts';
import { openKafka } from '../kafka/open-kafka.ts';
import { kafkaSource, type KafkaFlags } from './kafka-source.ts';

export interface InferOptions {
  readonly topic: string;
  readonly records: number;
  /** A file of JSON lines instead of the topic. */
  readonly fromFile?: string | undefined;
  /** The schema of a registry instead of a sample. */
  readonly registry?: string | undefined;
  readonly subject?: string | undefined;
  /** The job's file; its name is the job's name. */
  readonly output?: string | undefined;
  /** Default: as the environment says. */
  readonly cluster?: KafkaFlags;
  readonly env: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** The text of a job file for a topic. @throws BronzeError USAGE where there is nothing to infer from. */
export async function inferJob(options: InferOptions): Promise<string> {
  const { topic, registry, output } = options;
  const name = output === undefined ? jobNameOf(topic) : path.basename(output, '.yaml');
  if (registry !== undefined) {
    const url = registry.replace(/\/+$/, '');
    const subject = options.subject ?? `${topic}-value`;
    const schema = await new RegistryClient(url, options.env).latestOf(subject, options.signal);
    if (schema === undefined) throw new BronzeError('USAGE', `the Schema Registry ${url} has no subject ${subject}`);
    return registryJobText({ name, topic, url, subject, schema });
  }
  const sample = await takeSample(options);
  if (sample.fields.length > 0) return jobFileText({ name, topic, sample });
  throw new BronzeError(
    'USAGE',
    `${sample.records} records were read, and none is a JSON object with fields (${sample.where})`,
  );
}

async function takeSample({
  topic,
  records,
  fromFile,
  cluster = {},
  env,
  signal,
}: InferOptions): Promise<SampleSummary> {
  if (fromFile !== undefined) return sampleOfFile(fromFile, records);
  const kafka = openKafka(await kafkaSource(cluster, env), { env });
  try {
    return await sampleOfTopic(kafka, topic, records, signal);
  } finally {
    await kafka.close();
  }
}

/** Names of jobs have small letters, digits, `.`, `-` and `_`. */
function jobNameOf(topic: string): string {
  return (
    topic
      .toLowerCase()
      .replaceAll(/[^a-z0-9._-]/g, '-')
      .replace(/^[._-]+/, '') || 'inferred'
  );
}

/** @throws BronzeError USAGE where the file is there already. */
export async function writeNewFile(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text, { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error;
    const problem =
      error.code === 'EEXIST' ? 'is there already, and is left as it is' : `cannot be written: ${error.message}`;
    throw new BronzeError('USAGE', `${file} ${problem}`);
  }
}
