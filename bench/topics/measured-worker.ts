import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { WorkerSample } from './worker-process.ts';

/** A worker in a process of its own that tells how it stands. */
export interface MeasuredWorker {
  sample(): Promise<WorkerSample>;
  /** Sum of a metric of Temporal's SDK over its labels, or over those that hold this text. */
  metric(name: string, labels?: string): Promise<number>;
  /** By the value of one label. */
  metricBy(name: string, label: string): Promise<Readonly<Record<string, number>>>;
  end(): Promise<void>;
}

export interface MeasuredWorkerOptions {
  readonly taskQueue: string;
  readonly temporalAddress: string;
}

export async function startMeasuredWorker(options: MeasuredWorkerOptions): Promise<MeasuredWorker> {
  const metricsAddress = `127.0.0.1:${String(await freePort())}`;
  const child = fork(join(import.meta.dirname, 'worker-process.ts'), [options.taskQueue, metricsAddress], {
    env: { ...process.env, TEMPORAL_ADDRESS: options.temporalAddress },
    execArgv: ['--expose-gc'],
  });
  await message(child);
  const lines = async (name: string): Promise<readonly MetricLine[]> => {
    const response = await fetch(`http://${metricsAddress}/metrics`);
    return [...readMetrics(await response.text(), name)];
  };
  return {
    sample: async () => {
      child.send('sample');
      return (await message(child)) as WorkerSample;
    },
    metric: async (name, labels = '') =>
      (await lines(name)).filter((line) => line.labels.includes(labels)).reduce((sum, { value }) => sum + value, 0),
    metricBy: async (name, label) => {
      const sums: Record<string, number> = {};
      for (const { labels, value } of await lines(name)) {
        const by = new RegExp(`${label}="([^"]*)"`).exec(labels)?.[1] ?? '';
        sums[by] = (sums[by] ?? 0) + value;
      }
      return sums;
    },
    end: async () => {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function message(child: ChildProcess): Promise<unknown> {
  const ended = new AbortController();
  const exit = once(child, 'exit', { signal: ended.signal }).then(([code]) => {
    throw new Error(`the worker ended with ${String(code)}`);
  });
  exit.catch(() => undefined);
  try {
    const [answer] = (await Promise.race([once(child, 'message', { signal: ended.signal }), exit])) as [unknown];
    return answer;
  } finally {
    ended.abort();
  }
}

interface MetricLine {
  readonly labels: string;
  readonly value: number;
}

/** Prometheus' text format: `name{labels} value`. */
function* readMetrics(text: string, name: string): Generator<MetricLine> {
  for (const line of text.split('\n')) {
    const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (match?.[1] === name) yield { labels: match[2] ?? '', value: Number(match[3]) };
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
