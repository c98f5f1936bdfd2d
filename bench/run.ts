import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '../src/stack/project-root.ts';
import { startStack } from '../src/stack/start-stack.ts';
import { measureLog } from './log/measure-log.ts';
import { measureReplace } from './replace-rows/measure-replace.ts';
import { loadBenchJob } from './bench-job.ts';
import { compareTables } from './compare-tables.ts';
import type { BenchEvents } from './bench-events.ts';
import { benchTopic, loadTopic } from './load-topics.ts';
import { measureBronze } from './measure-bronze.ts';
import type { BenchMode, Measurement } from './measurement.ts';
import { formatReport, ratiosOf, type BenchReport } from './report.ts';
import { formatSteps, measureSteps } from './steps/measure-steps.ts';
import { measureTopics, type TopicsSize } from './topics/measure-topics.ts';
import { sparkEnvironment, type SparkEnvironment } from './spark/environment.ts';
import { measureSpark } from './spark/measure-spark.ts';

const usage = `usage: npm run bench -- raw|structured|windows|topics|steps|log|replace-rows [options]

  log                opening, committing to, listing and checkpointing a table with a long log, without servers;
                     takes --files (1,000,000) and --commits (100,000)

  replace-rows       replacing rows of a table by key, with deletion vectors and by writing files anew, without servers;
                     takes --rows (1,000,000) and --keys (10,000)

  steps              what each step and format costs, in one engine process, without servers;
                     takes --records, --repeat (3) and --json

  topics             one job over many small topics: its start, its requests while idle, its histories and its memory;
                     takes --topics (200), --partitions (2), --rounds (0) of one more record each, --soak (0) minutes of
                     further rounds

  windows            windows of many keys that are all open: memory, and what each batch takes and writes for the state;
                     takes --keys (100,000; each has a record, and then as many records are of any key)

  --records N        records in the topic (raw: 4,000,000; structured: 2,000,000; steps: 200,000)
  --max-offsets N    maxOffsetsPerTrigger of both sides (raw: 1,000,000; structured: 500,000; windows: a fifth of the keys)
  --engine-memory N  MiB that an engine process may take, roughly (the worker's default)
  --repeat N         run each side N times and report its fastest run (1)
  --spark            compare with Spark; installs it in the cache folder when it is missing
  --no-spark         measure kafka-bronze alone
                     with neither: compare with Spark when it is installed
  --no-bronze        measure Spark alone
  --json             print the report as JSON
  --keep             keep the tables, and say where they are

Servers are those of KAFKA_BOOTSTRAP_SERVERS and TEMPORAL_ADDRESS, else some that the bench starts and stops itself.`;

/** Servers of the bench's own keep its topics here from one run to the next. */
const stateFolder = join(projectRoot, 'data', 'bench');

const defaults = {
  raw: { events: 'gps', records: 4_000_000, maxOffsets: 1_000_000 },
  structured: { events: 'api', records: 2_000_000, maxOffsets: 500_000 },
} as const;

function windowDefaults(keys: number): Readonly<Record<'records' | 'maxOffsets', number>> & { events: BenchEvents } {
  return { events: { keys }, records: 2 * keys, maxOffsets: Math.ceil(keys / 5) };
}

interface StepsOptions {
  readonly mode: 'steps';
  readonly records: number;
  readonly repeat: number;
  readonly json: boolean;
}

interface Options {
  readonly mode: BenchMode;
  readonly records: number;
  readonly events: BenchEvents;
  readonly maxOffsetsPerTrigger: number;
  readonly engineMemoryMiB: number | undefined;
  readonly repeat: number;
  readonly spark: 'yes' | 'no' | 'whenInstalled';
  readonly bronze: boolean;
  readonly json: boolean;
  readonly keep: boolean;
}

function readOptions(): Options | StepsOptions {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    allowNegative: true,
    options: {
      records: { type: 'string' },
      keys: { type: 'string', default: '100000' },
      'max-offsets': { type: 'string' },
      'engine-memory': { type: 'string' },
      repeat: { type: 'string' },
      spark: { type: 'boolean' },
      bronze: { type: 'boolean', default: true },
      json: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
    },
  });
  const [mode] = positionals;
  const engineMemory = values['engine-memory'];
  const { json } = values;
  if (mode === 'steps') {
    const records = positiveInteger('records', values.records ?? '200000');
    return { mode, records, repeat: positiveInteger('repeat', values.repeat ?? '3'), json };
  }
  if ((mode !== 'raw' && mode !== 'structured' && mode !== 'windows') || positionals.length !== 1)
    throw new UsageError('raw, structured, windows or steps?');
  const usual = mode === 'windows' ? windowDefaults(positiveInteger('keys', values.keys)) : defaults[mode];
  return {
    mode,
    events: usual.events,
    records: positiveInteger('records', values.records ?? String(usual.records)),
    maxOffsetsPerTrigger: positiveInteger('max-offsets', values['max-offsets'] ?? String(usual.maxOffsets)),
    engineMemoryMiB: engineMemory === undefined ? undefined : positiveInteger('engine-memory', engineMemory),
    repeat: positiveInteger('repeat', values.repeat ?? '1'),
    spark: values.spark === undefined ? 'whenInstalled' : values.spark ? 'yes' : 'no',
    bronze: values.bronze,
    json,
    keep: values.keep,
  };
}

class UsageError extends Error {}

function positiveInteger(name: string, text: string): number {
  const value = Number(text.replaceAll(/[_,]/g, ''));
  if (!Number.isSafeInteger(value) || value <= 0) throw new UsageError(`--${name} ${text} is not a positive number`);
  return value;
}

async function findSpark(wish: Options['spark']): Promise<SparkEnvironment | undefined> {
  if (wish === 'no') return undefined;
  const found = await sparkEnvironment({ install: wish === 'yes' });
  if (found.kind === 'ready') return found.environment;
  if (wish === 'yes') throw new Error(found.reason);
  say(`Without Spark: ${found.reason}`);
  return undefined;
}

interface Servers {
  readonly bootstrapServers: string;
  readonly temporalAddress: string;
}

/** Runs both sides, one after the other, and tells the better of `repeat` runs of each. */
async function bench(options: Options, servers: Servers, scratchFolder: string): Promise<BenchReport> {
  const { mode, maxOffsetsPerTrigger, engineMemoryMiB } = options;
  const { bootstrapServers, temporalAddress } = servers;
  const spark = await findSpark(options.spark);
  const topic = await loadTopic(bootstrapServers.split(','), benchTopic(options.events, options.records));
  say(`${topic.name}: ${topic.reused ? 'there already' : `loaded in ${topic.seconds.toFixed(0)} s`}`);
  const run = { mode, bootstrapServers, topic: topic.name, maxOffsetsPerTrigger, scratchFolder };
  const spec = loadBenchJob(mode, { ...run, lake: scratchFolder });
  const machine = { cores: availableParallelism(), memoryBytes: totalmem(), loadBefore: loadavg()[0] ?? 0 };

  const runs: { ours: Measurement[]; spark: Measurement[] } = { ours: [], spark: [] };
  for (let turn = 0; turn < options.repeat; turn++) {
    if (options.bronze) runs.ours.push(told(await measureBronze({ ...run, temporalAddress, engineMemoryMiB })));
    if (spark) runs.spark.push(told(await measureSpark(spark, { ...run, spec })));
  }
  const [ours, theirs] = [fastest(runs.ours), fastest(runs.spark)];
  // Of windows that are open there are no rows yet.
  const comparison =
    ours && theirs && mode !== 'windows' ? await compareTables(spec, ours.tables, theirs.tables) : undefined;
  return {
    mode,
    topic: topic.name,
    maxOffsetsPerTrigger,
    machine,
    ...(ours && { ours }),
    ...(theirs && { spark: theirs }),
    ...(comparison && { comparison }),
  };
}

function fastest(runs: readonly Measurement[]): Measurement | undefined {
  return runs.toSorted((left, right) => left.seconds - right.seconds)[0];
}

function told(measurement: Measurement): Measurement {
  const { side, records, seconds, usage } = measurement;
  say(`${side}: ${records} records in ${seconds.toFixed(1)} s, ${usage.cpuSeconds.toFixed(1)} CPU seconds`);
  return measurement;
}

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** `log` has options of its own: it measures no records. */
function readLogSize(): { readonly files: number; readonly commits: number } {
  const { values } = parseArgs({
    allowPositionals: true,
    options: { files: { type: 'string', default: '1000000' }, commits: { type: 'string', default: '100000' } },
  });
  return { files: positiveInteger('files', values.files), commits: positiveInteger('commits', values.commits) };
}

/** And so has `replace-rows`. */
function readReplaceSize(): { readonly rows: number; readonly keys: number } {
  const { values } = parseArgs({
    allowPositionals: true,
    options: { rows: { type: 'string', default: '1000000' }, keys: { type: 'string', default: '10000' } },
  });
  return { rows: positiveInteger('rows', values.rows), keys: positiveInteger('keys', values.keys) };
}

/** And `topics`, which brings its own records. */
function readTopicsSize(): TopicsSize {
  const { values } = parseArgs({
    allowPositionals: true,
    options: {
      topics: { type: 'string', default: '200' },
      partitions: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '0' },
      soak: { type: 'string', default: '0' },
    },
  });
  return {
    topics: positiveInteger('topics', values.topics),
    partitions: positiveInteger('partitions', values.partitions),
    rounds: Number(values.rounds),
    soakMinutes: Number(values.soak),
  };
}

async function main(): Promise<void> {
  if (process.argv[2] === 'log') {
    await measureLog(readLogSize());
    return;
  }
  if (process.argv[2] === 'replace-rows') {
    await measureReplace(readReplaceSize());
    return;
  }
  if (process.argv[2] === 'topics') {
    const size = readTopicsSize();
    const stack = await startStack({ stateFolder, log: say });
    const { kafka = '', temporal = '' } = stack.addresses;
    await measureTopics(size, { bootstrapServers: kafka, temporalAddress: temporal }).finally(() => stack.stop());
    return;
  }
  const options = readOptions();
  if (options.mode === 'steps') {
    const figures = await measureSteps(options.records, options.repeat, say);
    process.stdout.write(`${options.json ? JSON.stringify(figures, undefined, 2) : formatSteps(figures)}\n`);
    return;
  }
  const stack = await startStack({ stateFolder, log: say });
  const scratchFolder = await mkdtemp(join(tmpdir(), 'kafka-bronze-bench-'));
  try {
    const { kafka = '', temporal = '' } = stack.addresses;
    const report = await bench(options, { bootstrapServers: kafka, temporalAddress: temporal }, scratchFolder);
    const ratios = report.ours && report.spark ? ratiosOf(report.ours, report.spark) : undefined;
    process.stdout.write(
      `${options.json ? JSON.stringify({ ...report, ratios }, undefined, 2) : formatReport(report)}\n`,
    );
    if (report.comparison?.kind === 'different') process.exitCode = 1;
  } finally {
    if (options.keep) say(`Tables: ${scratchFolder}`);
    else await rm(scratchFolder, { recursive: true, force: true });
    await stack.stop();
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  say(`${error.message}\n\n${usage}`);
  process.exitCode = 2;
}
