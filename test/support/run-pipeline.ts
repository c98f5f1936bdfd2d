import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackStagedFiles } from '../../src/ingest/commit/staged-files.ts';
import { transformGroup, type TransformOptions } from '../../src/ingest/transform/transform-group.ts';
import type { BatchPlan, Drops, TransformedGroup } from '../../src/model/batch/batch.ts';
import { readDroppedSets } from '../../src/lake/notes/dropped-sets.ts';
import type { DroppedOffsets, DroppedSet } from '../../src/model/batch/dropped-offsets.ts';
import type { JobSpec, PipelineSteps, SchemaEvolution } from '../../src/model/job/job-spec.ts';
import type { KafkaRecord } from '../../src/model/batch/kafka-record.ts';
import type { MetadataSource } from '../../src/model/job/metadata-source.ts';
import type { OffsetRange } from '../../src/model/batch/offset-range.ts';
import { quoteIdentifier, quoteLiteral } from '../../src/model/pipeline/sql-text.ts';
import type { StagedFile, StagedFiles } from '../../src/model/batch/staged-file.ts';
import { openObjectStore } from '../../src/storage/open-object-store.ts';
import { withPlainDuckDB } from './plain-duckdb.ts';

export const plannedAtMs = Date.UTC(2026, 10, 20, 7, 0, 0, 123);

export interface SpecParts {
  readonly parse?: PipelineSteps['parse'];
  readonly key?: PipelineSteps['key'];
  readonly malformed?: Partial<PipelineSteps['malformed']>;
  readonly metadata?: Readonly<Record<string, MetadataSource>>;
  readonly validate?: PipelineSteps['validate'];
  readonly scrub?: PipelineSteps['scrub'];
  readonly normalize?: NonNullable<PipelineSteps['normalize']>['rules'];
  readonly derive?: PipelineSteps['derive']['columns'];
  readonly deduplicate?: PipelineSteps['deduplicate'];
  readonly outputs?: JobSpec['outputs'];
  readonly partitionBy?: readonly string[];
  readonly targetFileSizeBytes?: number;
  readonly schemaEvolution?: SchemaEvolution;
}

export function jobSpec(parts: SpecParts, path = '/nowhere'): JobSpec {
  return {
    name: 'test-job',
    source: {
      bootstrapServers: ['127.0.0.1:9092'],
      topics: { kind: 'list', topics: ['events'] },
      startingOffsets: { kind: 'earliest' },
      failOnDataLoss: true,
      isolationLevel: 'read_committed',
      maxBytesPerTrigger: 1 << 28,
    },
    trigger: { kind: 'availableNow' },
    steps: {
      parse: parts.parse ?? { format: 'raw' },
      ...(parts.key === undefined ? {} : { key: parts.key }),
      malformed: { records: 'deadLetter', tombstones: 'deadLetter', ...parts.malformed },
      metadata: { columns: Object.entries(parts.metadata ?? {}).map(([name, source]) => ({ name, source })) },
      ...(parts.validate === undefined ? {} : { validate: parts.validate }),
      ...(parts.scrub === undefined ? {} : { scrub: parts.scrub }),
      ...(parts.normalize === undefined ? {} : { normalize: { rules: parts.normalize } }),
      derive: { columns: parts.derive ?? [] },
      ...(parts.deduplicate === undefined ? {} : { deduplicate: parts.deduplicate }),
    },
    table: {
      path,
      partitionBy: parts.partitionBy ?? [],
      properties: {},
      targetFileSizeBytes: parts.targetFileSizeBytes ?? 1 << 27,
      ...(parts.schemaEvolution === undefined ? {} : { schemaEvolution: parts.schemaEvolution }),
    },
    deadLetter: { path: `${path}_dlq` },
    ...(parts.outputs === undefined ? {} : { outputs: parts.outputs }),
    withMetrics: false,
  };
}

export type RecordParts = Partial<Omit<KafkaRecord, 'value' | 'key'>> & {
  readonly value: string | Uint8Array | null;
  readonly key?: string | Uint8Array | null;
};

export function kafkaRecord({ value, key = null, ...parts }: RecordParts, offset: number): KafkaRecord {
  const bytes = (content: string | Uint8Array | null): Uint8Array | null =>
    typeof content === 'string' ? Buffer.from(content) : content;
  return {
    partition: 0,
    offset: BigInt(offset),
    timestampMs: BigInt(plannedAtMs + offset),
    timestampType: 'CreateTime',
    headers: [],
    ...parts,
    key: bytes(key),
    value: bytes(value),
  };
}

export type Row = Readonly<Record<string, unknown>>;

export interface PipelineRun {
  readonly group: TransformedGroup;
  readonly files: readonly StagedFile[];
  /** As DuckDB's JSON-safe values, in order of offset where there is a column of that name. */
  readonly rows: readonly Row[];
  readonly deadLetters: readonly Row[];
  /** What `group.dropped` holds or names. */
  readonly dropped: readonly DroppedSet[];
}

export interface RunParts {
  readonly drops?: Drops;
  readonly endOffset?: number;
  readonly options?: TransformOptions;
  readonly orderBy?: string;
  readonly memoryBytes?: number;
  /** Gets the files of rows while they are there. */
  readonly inspect?: (files: readonly string[]) => Promise<void>;
}

/** Runs records through a whole pipeline, down to Parquet files, and reads those back. Partition columns are text. */
export async function runPipeline(
  parts: SpecParts,
  records: readonly (RecordParts | string | null)[],
  { drops = {}, endOffset = records.length, options = {}, orderBy, memoryBytes = 256 << 20, inspect }: RunParts = {},
): Promise<PipelineRun> {
  const folder = await mkdtemp(join(tmpdir(), 'bronze-pipeline-'));
  try {
    const spec = jobSpec(parts, join(folder, 'table'));
    const range = { ...eventsRange, endOffset: `${BigInt(endOffset)}` } as const;
    const plan = batchPlan(range);
    const kafkaRecords = records.map((record, offset) =>
      kafkaRecord(typeof record === 'string' || record === null ? { value: record } : record, offset),
    );
    const group = await transformGroup(
      {
        spec,
        plan,
        group: plan.groups[0]!,
        tableRoot: spec.table.path,
        deadLetterRoot: spec.deadLetter.path,
        scratchFolder: join(folder, 'scratch'),
        memoryBytes,
      },
      new AbortController().signal,
      { openReader: () => recordSource(kafkaRecords, drops), ...options },
    );
    const files = await stagedFiles(spec.table.path, group.dataFiles);
    await inspect?.(files.map((file) => join(spec.table.path, file.path)));
    return {
      group,
      files,
      rows: await readFiles(spec.table.path, files, orderBy),
      deadLetters: await readFiles(
        spec.deadLetter.path,
        await stagedFiles(spec.deadLetter.path, group.deadLetterFiles),
        'offset',
      ),
      dropped: group.dropped === undefined ? [] : await droppedSets(spec.table.path, group.dropped),
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const eventsRange: OffsetRange = {
  topic: 'events',
  topicId: '00000000-0000-0000-0000-000000000001',
  partition: 0,
  startOffset: '0',
  endOffset: '0',
};

export function batchPlan(range: OffsetRange): BatchPlan {
  return {
    job: 'test-job',
    topic: range.topic,
    batch: 7,
    epoch: 1,
    plannedAtMs,
    ranges: [{ ...range, storedOffset: range.startOffset }],
    groups: [{ group: 0, ranges: [range] }],
    lagOffsets: '0',
  };
}

type Source = ReturnType<NonNullable<TransformOptions['openReader']>>;

/** A broker that gives these records, a thousand at a time. */
export function recordSource(records: readonly KafkaRecord[], drops: Drops = {}): Source {
  return {
    async *readRanges([range]) {
      const partition = range?.partition ?? 0;
      yield await Promise.resolve({ partition, records: [], dropped: drops, nextOffset: 0n, bytes: 0 });
      for (let start = 0; start < records.length; start += 1000) {
        const some = records.slice(start, start + 1000);
        const bytes = some.reduce((sum, { value, key }) => sum + (value?.length ?? 0) + (key?.length ?? 0), 0);
        yield { partition, records: some, dropped: {}, nextOffset: BigInt(start + some.length), bytes };
      }
    },
    close: () => Promise.resolve(),
  };
}

async function stagedFiles(root: string, staged: StagedFiles): Promise<readonly StagedFile[]> {
  return unpackStagedFiles(openObjectStore(root), staged);
}

async function droppedSets(root: string, dropped: DroppedOffsets): Promise<readonly DroppedSet[]> {
  const reading = await readDroppedSets(openObjectStore(root), dropped);
  if (reading.kind === 'unreadable') throw new Error(reading.problem);
  return reading.sets;
}

/** The rows of staged files. */
export async function readFiles(root: string, files: readonly StagedFile[], orderBy?: string): Promise<Row[]> {
  if (files.length === 0) return [];
  const selects = files.map(({ path, partitionValues }) => {
    const values = Object.entries(partitionValues).map(([name, value]) => {
      return `, CAST(${value === null ? 'NULL' : quoteLiteral(value)} AS VARCHAR) AS ${quoteIdentifier(name)}`;
    });
    return `SELECT *${values.join('')} FROM read_parquet(${quoteLiteral(join(root, path))}, hive_partitioning = false)`;
  });
  const order = orderBy === undefined ? '' : ` ORDER BY ${quoteIdentifier(orderBy)}`;
  const sql = `FROM (${selects.join(' UNION ALL BY NAME ')})${order}`;
  return withPlainDuckDB(async (connection) => (await connection.runAndReadAll(sql)).getRowObjectsJson());
}
