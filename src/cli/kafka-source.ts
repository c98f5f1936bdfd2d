import type { KafkaSource } from '../model/job/job-spec.ts';
import { parseInlineJob } from '../spec/parse-job.ts';
import { loadJobSpec } from './load-job-spec.ts';

export interface KafkaFlags {
  /** Comma-separated. */
  readonly kafkaBrokers?: string | undefined;
  /** The job whose brokers, TLS and SASL are taken. */
  readonly like?: string | undefined;
  readonly environment?: string;
  readonly jobsFolder?: string;
}

/** The cluster that a command means that runs no job. Rejects as `loadJobSpec` does. */
export async function kafkaSource(
  { like, kafkaBrokers, ...flags }: KafkaFlags,
  env: NodeJS.ProcessEnv,
): Promise<KafkaSource> {
  const brokers = kafkaBrokers === undefined ? {} : { kafkaBrokers };
  if (like !== undefined) return (await loadJobSpec(like, { ...flags, ...brokers })).source;
  const bootstrap = kafkaBrokers === undefined ? {} : { bootstrapServers: kafkaBrokers };
  return parseInlineJob({ name: 'any', source: { topics: ['any'], ...bootstrap } }, { env }).source;
}
