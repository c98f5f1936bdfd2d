import type { JobSpec, KafkaSecurity, KafkaSource, ParseStep, TopicSelection } from '../model/job-spec.ts';
import type { JobYaml } from './job-yaml.ts';
import type { Locations } from './locations.ts';

/** The job as it runs, from a document that was found to be in order. */
export function buildJobSpec(job: JobYaml, topics: TopicSelection, locations: Locations): JobSpec {
  return {
    name: job.name,
    ...(job.description === undefined ? {} : { description: job.description }),
    source: buildSource(job.source, topics),
    trigger: job.trigger,
    steps: {
      parse: buildParse(job.steps.parse),
      malformed: job.steps.malformed,
      metadata: { columns: Object.entries(job.steps.metadata).map(([name, source]) => ({ name, source })) },
      derive: { columns: Object.entries(job.steps.derive).map(([name, { type, sql }]) => ({ name, type, sql })) },
    },
    table: {
      path: locations.table,
      partitionBy: job.table.partitionBy,
      properties: job.table.properties,
      targetFileSizeBytes: job.table.targetFileSize,
    },
    deadLetter: { path: locations.deadLetter },
    ...(locations.checkpoint === undefined ? {} : { checkpointPath: locations.checkpoint }),
    withMetrics: job.withMetrics,
  };
}

function buildSource(source: JobYaml['source'], topics: TopicSelection): KafkaSource {
  return {
    bootstrapServers: source.bootstrapServers,
    topics,
    startingOffsets: source.startingOffsets,
    failOnDataLoss: source.failOnDataLoss,
    isolationLevel: source.isolationLevel,
    ...(source.maxOffsetsPerTrigger === undefined ? {} : { maxOffsetsPerTrigger: source.maxOffsetsPerTrigger }),
    maxBytesPerTrigger: source.maxBytesPerTrigger,
    ...(source.security === undefined ? {} : { security: buildSecurity(source.security) }),
  };
}

function buildSecurity(security: NonNullable<JobYaml['source']['security']>): KafkaSecurity {
  return {
    tls: security.tls ?? false,
    ...(security.caFile === undefined ? {} : { caFile: security.caFile }),
    ...(security.sasl === undefined ? {} : { sasl: security.sasl }),
  };
}

function buildParse(parse: JobYaml['steps']['parse']): ParseStep {
  switch (parse.format) {
    case 'raw':
      return { format: 'raw' };
    case 'json':
      return { format: 'json', schema: parse.schema, onCastFailure: parse.onCastFailure };
  }
}
