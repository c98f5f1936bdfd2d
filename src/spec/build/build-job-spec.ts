import type {
  JobSpec,
  KafkaSecurity,
  KafkaSource,
  ParseStep,
  PipelineSteps,
  TopicSelection,
} from '../../model/job/job-spec.ts';
import { buildAlerts } from '../yaml/alerts-yaml.ts';
import { buildBinaryParse } from '../yaml/binary-parse-yaml.ts';
import { buildOutputs } from './build-outputs.ts';
import { buildRuleSteps } from './build-rules.ts';
import { hasKnownColumns, jobColumns } from './job-columns.ts';
import { buildKey } from '../yaml/key-yaml.ts';
import type { JobYaml } from '../yaml/job-yaml.ts';
import type { Locations } from './locations.ts';
import { buildMaintenance } from '../yaml/maintenance-yaml.ts';

/** The job as it runs, from a document that was found to be in order. */
export function buildJobSpec(
  job: JobYaml,
  topics: TopicSelection,
  locations: Locations,
  workingFolder: string,
): JobSpec {
  const { key } = job.steps.parse;
  const parse = buildParse(job.steps.parse, topics, workingFolder);
  return {
    name: job.name,
    ...(job.description === undefined ? {} : { description: job.description }),
    source: buildSource(job.source, topics),
    trigger: job.trigger,
    steps: {
      parse,
      ...(key === undefined ? {} : { key: buildKey(key, topics, workingFolder) }),
      ...buildSteps(job.steps),
    },
    table: {
      path: locations.table,
      partitionBy: job.table.partitionBy,
      properties: job.table.properties,
      targetFileSizeBytes: job.table.targetFileSize,
      ...(job.table.manifests === undefined ? {} : { manifests: job.table.manifests }),
      ...(job.table.schemaEvolution === undefined ? {} : { schemaEvolution: job.table.schemaEvolution }),
    },
    deadLetter: { path: locations.deadLetter },
    ...outputsOf(job, locations),
    ...(locations.checkpoint === undefined ? {} : { checkpointPath: locations.checkpoint }),
    ...(job.maintenance === undefined ? {} : { maintenance: buildMaintenance(job.maintenance) }),
    ...(job.alerts === undefined ? {} : { alerts: buildAlerts(job.alerts, job.notify) }),
    withMetrics: job.withMetrics,
  };
}

function outputsOf(job: JobYaml, locations: Locations): Pick<JobSpec, 'outputs'> {
  if (job.outputs === undefined) return {};
  const columns = hasKnownColumns(job.steps) ? jobColumns(job.steps) : undefined;
  const { targetFileSize: targetFileSizeBytes, properties } = job.table;
  return { outputs: buildOutputs(job.outputs, { paths: locations.outputs, targetFileSizeBytes, properties, columns }) };
}

function buildSteps(steps: JobYaml['steps']): Omit<PipelineSteps, 'parse'> {
  const { malformed, metadata, derive } = steps;
  return {
    malformed,
    metadata: { columns: Object.entries(metadata).map(([name, source]) => ({ name, source })) },
    ...buildRuleSteps(steps),
    derive: { columns: Object.entries(derive).map(([name, { type, sql }]) => ({ name, type, sql })) },
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

function buildParse(parse: JobYaml['steps']['parse'], topics: TopicSelection, workingFolder: string): ParseStep {
  switch (parse.format) {
    case 'raw':
      return { format: 'raw' };
    case 'json':
      return {
        format: 'json',
        schema: parse.schema,
        onCastFailure: parse.onCastFailure,
        ...(parse.extraFields === undefined ? {} : { extraFields: parse.extraFields }),
      };
    case 'avro':
    case 'protobuf':
    case 'jsonSchema':
      return buildBinaryParse(parse, { part: 'value', onCastFailure: parse.onCastFailure }, topics, workingFolder);
  }
}
