import { join } from 'node:path';
import { indexedColumnsFor } from '../../delta/schema/indexed-columns.ts';
import { openDecoder, openKeyDecoder } from '../../decode/open-decoder.ts';
import { scanJson } from '../../decode/scan-json.ts';
import { EngineSession } from '../../engine/session.ts';
import type { KafkaReader } from '../../kafka/kafka-reader.ts';
import { openKafka } from '../../kafka/open-kafka.ts';
import type { RangeGroup, TransformedGroup } from '../../model/batch/batch.ts';
import { schemaEvolutionOf, type JobSpec } from '../../model/job/job-spec.ts';
import type { KafkaRecord } from '../../model/batch/kafka-record.ts';
import type { PlanFacts } from '../../model/requests/lane-requests.ts';
import { formatRange } from '../../model/batch/offset-range.ts';
import { hasRuleFailures } from '../../model/batch/rule-failures.ts';
import type { StagedFile } from '../../model/batch/staged-file.ts';
import type { StructType } from '../../model/table/table-schema.ts';
import type { RecordDecoders, ValueDecoder } from '../../model/pipeline/value-decoder.ts';
import { hasPartitionFolders } from '../../model/table/partition-folders.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { openObjectStore } from '../../storage/open-object-store.ts';
import type { FileTarget } from '../../parquet/write-files.ts';
import { compilePipeline, type CompiledPipeline } from '../../transform/compile-pipeline.ts';
import { checkPipeline } from './check-pipeline.ts';
import { deadLetterTarget } from '../commit/dead-letter-target.ts';
import { loadFileColumns, type FileColumns } from '../files/file-columns.ts';
import { GroupWriter, type SliceLimits } from './group-writer.ts';
import type { HeldTable } from '../deduplicate/held-keys.ts';
import { compileOutputs } from '../outputs/compile-output.ts';
import { OutputGatherers } from '../outputs/gather-outputs.ts';
import { RangeTally } from './range-tally.ts';
import { setScrubKey } from './scrub-key.ts';
import { packDroppedSets } from './dropped-sets.ts';
import { packStagedFiles } from '../commit/staged-files.ts';

/** Everything that the result depends on, as it crosses a process border. */
export interface TransformInput {
  readonly spec: JobSpec;
  readonly plan: PlanFacts;
  readonly group: RangeGroup;
  readonly tableRoot: string;
  readonly deadLetterRoot: string;
  /** The attempt's own folder: made, and removed at the end. */
  readonly scratchFolder: string;
  /** What the process may take, roughly. */
  readonly memoryBytes: number;
}

export interface TransformOptions {
  /** Default: the Kafka of the job's source. */
  readonly openReader?: (spec: JobSpec) => Pick<KafkaReader, 'readRanges' | 'close'>;
  /** Default: what `memoryBytes` allows. */
  readonly limits?: SliceLimits;
  readonly onProgress?: (progress: TransformProgress) => void;
}

export interface TransformProgress {
  readonly records: number;
  readonly bytes: number;
}

/**
 * Reads the ranges of a group and turns them into durable files that no commit names yet. Given the same input, every
 * attempt gives the same rows in files of other names. Throws what reading and storing throw, PIPELINE_INVALID,
 * ENGINE_OUT_OF_MEMORY, the signal's reason, and INTERNAL where not every offset is accounted for.
 */
export async function transformGroup(
  input: TransformInput,
  signal: AbortSignal,
  options: TransformOptions = {},
): Promise<TransformedGroup> {
  const { spec, plan, group } = input;
  const pipeline = compilePipeline(spec);
  const decoders = openDecoders(spec);
  const tally = new RangeTally(group.ranges);
  const rowStore = openObjectStore(input.tableRoot);
  const deadLetterStore = openObjectStore(input.deadLetterRoot);
  await using session = await EngineSession.open({
    folder: input.scratchFolder,
    memoryLimitBytes: engineMemory(input.memoryBytes),
  });
  const { mappingDigest, ...columns } = await fileColumnsFor(input, rowStore, pipeline.outputSchema);
  await checkPipeline(session, spec.name, pipeline);
  await setScrubKey(session, spec, process.env);
  const rowTarget: FileTarget = {
    store: rowStore,
    ...columns,
    partitionColumns: pipeline.partitionColumns,
    folder: new Date(plan.plannedAtMs).toISOString().slice(0, 10),
    partitionFolders: hasPartitionFolders(spec.table.properties),
    targetFileSizeBytes: spec.table.targetFileSizeBytes,
    indexedColumns: plan.fileRequirements?.indexedColumns ?? indexedColumnsFor(spec.table.properties),
  };
  const targets = { rows: rowTarget, deadLetters: deadLetterTarget(deadLetterStore, rowTarget) };
  const outputs = await OutputGatherers.open(session, {
    ...{ plan, group, pipeline, deadLetters: targets.deadLetters },
    outputs: compileOutputs(spec),
  });
  const writer = await GroupWriter.open({
    session,
    pipeline,
    decoders,
    facts: { job: plan.job, topic: plan.topic, batch: plan.batch, plannedAtMs: plan.plannedAtMs },
    tally,
    limits: options.limits ?? sliceLimits(input.memoryBytes, pipeline),
    targets,
    ...heldTable(input, rowStore),
    ...(outputs === undefined ? {} : { outputs }),
    where: group.ranges.map(formatRange).join(', '),
  });
  const reader = (options.openReader ?? ((job: JobSpec) => openKafka(job.source)))(spec);
  let [records, inputBytes, fetchMs, newestRecordMs] = [0, 0, 0, -1];
  try {
    const { isolationLevel } = spec.source;
    let waitingSince = performance.now();
    for await (const batch of reader.readRanges(group.ranges, { isolationLevel, maxFetchBytes, signal })) {
      fetchMs += performance.now() - waitingSince;
      tally.addDrops(batch.partition, batch.dropped);
      await decoders.value?.prepare(partsOf(batch.records, 'value'), signal);
      await decoders.key?.prepare(partsOf(batch.records, 'key'), signal);
      // Once there are schemas to decide about, the rest is only looked through for more of them.
      for (const record of hasFindings(decoders.value) ? [] : batch.records) {
        if (writer.add(record)) {
          await writer.turnInput();
          signal.throwIfAborted();
        }
      }
      records += batch.records.length;
      inputBytes += batch.bytes;
      newestRecordMs = Math.max(newestRecordMs, Number(batch.records.at(-1)?.timestampMs ?? -1n));
      options.onProgress?.({ records, bytes: inputBytes });
      waitingSince = performance.now();
    }
    if (!hasFindings(decoders.value)) await writer.finish();
    signal.throwIfAborted();
  } finally {
    writer.close();
    await reader.close();
  }
  if (hasFindings(decoders.value)) return { ...emptyGroup(group.group), findings: decoders.value.findings };
  const { findings } = writer;
  if (findings.length > 0) return { ...emptyGroup(group.group), findings };
  const counts = tally.counts();
  const rowFiles = writer.rowFiles.map((file) => (mappingDigest === undefined ? file : { ...file, mappingDigest }));
  const dropped = await packDroppedSets(rowStore, tally.droppedSets());
  const parts = await outputs?.finish();
  return {
    group: group.group,
    dataFiles: await packStagedFiles(rowStore, plan, rowFiles),
    deadLetterFiles: await packStagedFiles(deadLetterStore, plan, writer.deadLetterFiles),
    counts,
    ...(dropped === undefined ? {} : { dropped }),
    ...(hasRuleFailures(tally.ruleFailures) ? { ruleFailures: tally.ruleFailures } : {}),
    ...(writer.duplicates === undefined ? {} : { duplicates: writer.duplicates }),
    deadLettersByCode: tally.deadLettersByCode,
    ...(parts === undefined ? {} : { outputs: parts }),
    inputBytes,
    outputBytes: totalBytes(writer.rowFiles) + totalBytes(writer.deadLetterFiles),
    ...(newestRecordMs < 0 ? {} : { newestRecordMs }),
    durations: {
      fetchMs: Math.round(fetchMs),
      transformMs: Math.round(writer.transformMs),
      writeMs: Math.round(writer.writeMs),
    },
  };
}

function hasFindings(decoder: ValueDecoder | undefined): decoder is ValueDecoder {
  return decoder !== undefined && decoder.findings.length > 0;
}

/** Files that were written before the findings belong to no commit. */
function emptyGroup(group: number): TransformedGroup {
  return {
    group,
    dataFiles: { kind: 'none' },
    deadLetterFiles: { kind: 'none' },
    counts: [],
    deadLettersByCode: {},
    inputBytes: 0,
    outputBytes: 0,
    durations: { fetchMs: 0, transformMs: 0, writeMs: 0 },
  };
}

const mebibyte = 1024 * 1024;
/**
 * Several fetches are in memory at a time: one on its way, one in work, and those that are not collected yet. Smaller
 * ones take no more CPU time, and are collected sooner.
 */
const maxFetchBytes = 2 * mebibyte;
/** Node, the libraries and the fetched records, measured; none of it depends on how much is transformed at a time. */
const fixedBytes = 160 * mebibyte;
/** DuckDB's own limit, beyond which it spills to disk; with less it cannot write a row group. */
const minEngineBytes = 128 * mebibyte;

/** A plan without a version, as that of a trial, has no table to look at. */
function heldTable(
  { spec, plan, scratchFolder, memoryBytes }: TransformInput,
  store: ObjectStore,
): { held?: HeldTable } {
  if (plan.readVersion === undefined || spec.steps.deduplicate?.scope !== 'table') return {};
  const memoryLimitBytes = Math.max(minEngineBytes, Math.floor(memoryBytes / 4));
  return { held: { store, version: plan.readVersion, scratchFolder: join(scratchFolder, 'lookup'), memoryLimitBytes } };
}

async function fileColumnsFor(
  { spec, plan, scratchFolder }: TransformInput,
  store: ObjectStore,
  schema: StructType,
): Promise<FileColumns> {
  if (plan.fileRequirements?.mapsColumns !== true) return { schema, columnMapping: 'none' };
  return loadFileColumns(store, spec, { folder: join(scratchFolder, 'log'), memoryLimitBytes: minEngineBytes });
}

function engineMemory(memoryBytes: number): number {
  return Math.max(minEngineBytes, Math.floor(memoryBytes * 0.6));
}

/**
 * A record takes up to eight times its bytes on its way through the engine, where texts are parsed into many columns: as
 * it came, staged, in row groups, and in what the allocators keep of those before; once more where it is kept.
 */
export function sliceLimits(
  memoryBytes: number,
  { keepsRecords }: Pick<CompiledPipeline, 'keepsRecords'>,
): SliceLimits {
  const sliceBytes = Math.max(8 * mebibyte, Math.floor((memoryBytes - fixedBytes) / (keepsRecords ? 9 : 8)));
  return { sliceBytes, inputBytes: Math.ceil(sliceBytes / 3), inputRows: 122_880 };
}

function openDecoders(spec: JobSpec): RecordDecoders {
  const { parse, key } = spec.steps;
  return {
    value: openDecoder(parse, process.env, schemaEvolutionOf(spec)),
    key: key && openKeyDecoder(key.parse, process.env),
    scanText: scanJson,
  };
}

function* partsOf(records: readonly KafkaRecord[], part: 'value' | 'key'): Generator<Uint8Array | null> {
  for (const record of records) yield record[part];
}

function totalBytes(files: readonly StagedFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}
