/**
 * What the engine does per second on generated records, without Kafka.
 *
 *   node bench/engine.ts [raw|structured] [records] [memory MiB]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformGroup } from '../src/ingest/transform-group.ts';
import { shapeBatches, shapePlan, shapeSpec, type Shape } from './engine-shapes.ts';

async function measure(shape: Shape, records: number, memoryBytes: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bronze-bench-'));
  let peakBytes = 0;
  const watch = setInterval(() => (peakBytes = Math.max(peakBytes, process.memoryUsage.rss())), 20);
  try {
    const spec = shapeSpec(shape, join(folder, 'table'));
    const plan = shapePlan(shape, 0, records);
    const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
    const result = await transformGroup(
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
      {
        openReader: () => ({
          readRanges: ([range]) => shapeBatches(shape, range!),
          close: () => Promise.resolve(),
        }),
      },
    );
    const seconds = (performance.now() - startedAt) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const { fetchMs, transformMs, writeMs } = result.durations;
    const perSecond = (s: number): string => `${Math.round(records / s / 1000)} k rows/s`;
    console.log(
      `${shape.padEnd(10)} ${perSecond(seconds)}, per CPU second ${perSecond((user + system) / 1e6)}; ` +
        `generate ${fetchMs} ms, transform ${transformMs} ms, write ${writeMs} ms of ${Math.round(seconds * 1000)} ms; ` +
        `peak ${Math.round(peakBytes / 1e6)} MB; ${Math.round(result.inputBytes / 1e6)} MB in, ` +
        `${Math.round(result.outputBytes / 1e6)} MB out in ` +
        `${result.dataFiles.kind === 'none' ? 0 : result.dataFiles.fileCount} files; ` +
        `dead letters ${JSON.stringify(result.deadLettersByCode)}`,
    );
  } finally {
    clearInterval(watch);
    await rm(folder, { recursive: true, force: true });
  }
}

const [shape, records = '200000', memory = '512'] = process.argv.slice(2);
const shapes: readonly Shape[] = shape === 'raw' || shape === 'structured' ? [shape] : ['raw', 'structured'];
for (const each of shapes) {
  await measure(each, Number(records), Number(memory) * 1024 * 1024);
}
