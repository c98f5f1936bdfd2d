import { metadataType, type MetadataSource } from '../model/job/metadata-source.ts';
import { batchFact, hidden, type PipelineStep } from '../model/pipeline/pipeline-step.ts';
import { field } from '../model/table/table-schema.ts';
import { isHeaderContent, planHeaders, type HeaderContent } from './header-columns.ts';

/** Where a record came from, when it was ingested, its raw value, its headers, its hash. */
export const metadataStep: PipelineStep = {
  name: 'metadata',
  plan({ steps: { metadata } }, { columns }) {
    if (metadata.columns.length === 0) return undefined;
    const headers = planHeaders(metadata.columns.map(({ source }) => source));
    const added = metadata.columns.map(({ name, source }) => ({
      name,
      sql: isHeaderContent(source) ? headers.sqlOf(source) : plainSql[source],
    }));
    return {
      layers: headers.layer.length === 0 ? [added] : [headers.layer, added],
      columns: [...columns, ...metadata.columns.map(({ name, source }) => field(name, metadataType(source)))],
      rejections: headers.rejections,
    };
  },
};

type PlainSource = Exclude<MetadataSource, HeaderContent>;

const plainSql: Readonly<Record<PlainSource, string>> = {
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
  leaderEpoch: hidden.leaderEpoch,
  schemaId: hidden.schemaId,
  keySchemaId: hidden.keySchemaId,
  ingestedAt: batchFact.ingestedAt,
  ingestionDate: `strftime(${batchFact.ingestedAt}, '%Y-%m-%d')`,
  ingestionHour: `CAST(strftime(${batchFact.ingestedAt}, '%H') AS INTEGER)`,
  isValid: hidden.isValid,
  rowHash: hidden.rowHash,
  job: batchFact.job,
  batch: batchFact.batch,
};
