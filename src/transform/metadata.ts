import { metadataTypes, type MetadataSource } from '../model/job-spec.ts';
import { batchFact, hidden, type PipelineStep } from '../model/pipeline-step.ts';
import { field } from '../model/table-schema.ts';

/** Where a record came from, when it was ingested, its raw value, its hash. */
export const metadataStep: PipelineStep = {
  name: 'metadata',
  plan({ steps: { metadata } }, { columns }) {
    if (metadata.columns.length === 0) return undefined;
    return {
      layers: [metadata.columns.map(({ name, source }) => ({ name, sql: metadataSql[source] }))],
      columns: [...columns, ...metadata.columns.map(({ name, source }) => field(name, metadataTypes[source]))],
      rejections: [],
    };
  },
};

const metadataSql: Readonly<Record<MetadataSource, string>> = {
  value: hidden.text,
  valueBytes: `coalesce(${hidden.bytes}, encode(${hidden.text}))`,
  // Keys that are not UTF-8 were rejected before.
  key: `TRY(decode(${hidden.key}))`,
  keyBytes: hidden.key,
  topic: batchFact.topic,
  partition: hidden.partition,
  offset: hidden.offset,
  timestamp: hidden.timestamp,
  timestampType: `CASE WHEN ${hidden.isLogAppendTime} THEN 'LogAppendTime' ELSE 'CreateTime' END`,
  ingestedAt: batchFact.ingestedAt,
  ingestionDate: `strftime(${batchFact.ingestedAt}, '%Y-%m-%d')`,
  isValid: hidden.isValid,
  rowHash: hidden.rowHash,
  job: batchFact.job,
  batch: batchFact.batch,
};
