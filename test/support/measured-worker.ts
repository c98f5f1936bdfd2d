import { choosePorts } from '../../src/stack/free-ports.ts';
import { startWorkerProcess, type WorkerProcess, type WorkerProcessOptions } from './worker-process.ts';

/** A worker process that serves its metrics. */
export interface MeasuredWorker extends WorkerProcess {
  scrape(): Promise<Scrape>;
}

export async function startMeasuredWorker(options: WorkerProcessOptions): Promise<MeasuredWorker> {
  for (let attempt = 1; ; attempt += 1) {
    const [port] = await choosePorts([[]]);
    const address = `127.0.0.1:${String(port)}`;
    try {
      const worker = await startWorkerProcess({ ...options, env: { ...options.env, BRONZE_METRICS_ADDRESS: address } });
      return { ...worker, scrape: async () => new Scrape(await (await fetch(`http://${address}/metrics`)).text()) };
    } catch (error) {
      // Somebody else may have taken the port in between.
      if (attempt === 3 || !String(error).includes('already in use')) throw error;
    }
  }
}

interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

type Labels = Readonly<Record<string, string>>;

/** What a metrics endpoint said, in Prometheus' text format. */
export class Scrape {
  readonly #series: readonly Series[];

  constructor(text: string) {
    this.#series = text.split('\n').flatMap((line) => {
      const [, name, labels = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? [];
      if (name === undefined || value === undefined) return [];
      const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', text = '']) => [
        label,
        text,
      ]);
      return [{ name, labels: Object.fromEntries(pairs) as Labels, value: Number(value) }];
    });
  }

  names(): readonly string[] {
    return [...new Set(this.#series.map(({ name }) => name))];
  }

  has(name: string, labels: Labels): boolean {
    return this.#of(name, labels).length > 0;
  }

  /** Over all series that have these labels. */
  sum(name: string, labels: Labels): number {
    return this.#of(name, labels).reduce((sum, { value }) => sum + value, 0);
  }

  #of(name: string, labels: Labels): readonly Series[] {
    const wanted = Object.entries(labels);
    return this.#series.filter(
      (series) => series.name === name && wanted.every(([label, value]) => series.labels[label] === value),
    );
  }
}
