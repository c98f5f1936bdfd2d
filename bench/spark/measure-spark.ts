import { spawn } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { JobSpec } from '../../src/model/job/job-spec.ts';
import { struct, type StructField } from '../../src/model/table/table-schema.ts';
import type { BenchMode, Measurement, StateBatch } from '../measurement.ts';
import { watchProcessTree } from '../process-tree.ts';
import type { SparkEnvironment } from './environment.ts';

export interface SparkRun {
  readonly mode: BenchMode;
  readonly bootstrapServers: string;
  readonly topic: string;
  readonly maxOffsetsPerTrigger: number;
  /** The job whose table Spark is to write as well: it gives the event's schema. */
  readonly spec: JobSpec;
  /** A new folder in it receives table, dead letters, checkpoint and log. */
  readonly scratchFolder: string;
}

/** Of windows. */
const stateFields = { open: z.number().optional(), stateBytes: z.number().optional() };
const progressSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started') }),
  z.object({ kind: z.literal('batch'), batch: z.number(), rows: z.number(), milliseconds: z.number(), ...stateFields }),
  z.object({ kind: z.literal('finished'), rows: z.number(), seconds: z.number() }),
]);
type SparkProgress = z.infer<typeof progressSchema>;
type SparkBatch = Extract<SparkProgress, { kind: 'batch' }>;

/** Runs `spark_job.py` over the whole topic into new tables. */
export async function measureSpark(environment: SparkEnvironment, run: SparkRun): Promise<Measurement> {
  const folder = await mkdtemp(join(run.scratchFolder, `spark-${run.mode}-`));
  const tables = { table: join(folder, 'table'), deadLetters: join(folder, 'dlq') };
  const child = spawn(
    environment.python,
    [
      join(import.meta.dirname, 'spark_job.py'),
      run.mode,
      ...['--kafka-brokers', run.bootstrapServers],
      ...['--kafka-topic', run.topic],
      ...['--output-path', tables.table],
      ...['--checkpoint-path', join(folder, 'checkpoint')],
      ...['--dlq-path', tables.deadLetters],
      ...['--max-offsets-per-trigger', String(run.maxOffsetsPerTrigger)],
      ...['--jars', environment.jars.join(',')],
      ...(await eventArguments(run.spec, folder)),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const watch = watchProcessTree(child.pid ?? 0);
  const progress: SparkProgress[] = [];
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-8_000)));
  createInterface(child.stdout).on('line', (line) => progress.push(progressSchema.parse(JSON.parse(line))));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const usage = watch.stop();
  const finished = progress.find((line) => line.kind === 'finished');
  if (exitCode !== 0 || !finished) throw new Error(`The Spark job ended with ${String(exitCode)}:\n${errors}`);
  const batches = progress.filter((line) => line.kind === 'batch');
  return {
    side: 'spark',
    records: finished.rows,
    seconds: finished.seconds,
    recordsPerSecond: finished.rows / finished.seconds,
    batches: batches.length,
    bestBatchRecordsPerSecond: Math.max(...batches.map((batch) => (batch.rows / batch.milliseconds) * 1000)),
    usage,
    serverUsage: {},
    tables,
    ...(run.mode === 'windows' ? { stateBatches: batches.map(stateBatchOf) } : {}),
  };
}

function stateBatchOf({ rows, milliseconds, open = 0, stateBytes = 0 }: SparkBatch): StateBatch {
  return { records: rows, milliseconds, open, stateBytes };
}

/** Spark's JSON of a struct type is Delta's. Spark reads every field as nullable and checks the required ones after. */
async function eventArguments(spec: JobSpec, folder: string): Promise<string[]> {
  const { parse } = spec.steps;
  if (parse.format === 'raw') return [];
  const file = join(folder, 'event-schema.json');
  await writeFile(file, JSON.stringify(struct(...parse.schema.map(nullable))));
  const required = parse.schema.filter((field) => !field.nullable).map((field) => field.name);
  return ['--event-schema', file, '--required', ...required];
}

function nullable(field: StructField): StructField {
  return { ...field, nullable: true };
}
