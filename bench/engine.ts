/**
 * What the engine does per second on generated records, without Kafka.
 *
 *   node bench/engine.ts [raw|structured] [records] [memory MiB]
 */
import { join } from 'node:path';
import { shapeBatches, shapePlan, shapeSpec, type Shape } from './engine-shapes.ts';
import { runEngine } from './run-engine.ts';

async function measure(shape: Shape, records: number, memoryBytes: number): Promise<void> {
  const plan = shapePlan(shape, 0, records);
  const { result, seconds, cpuSeconds, peakBytes } = await runEngine({
    spec: (lake) => shapeSpec(shape, join(lake, 'table')),
    plan,
    range: plan.ranges[0]!,
    batches: (range) => shapeBatches(shape, range),
    memoryBytes,
  });
  const { fetchMs, transformMs, writeMs } = result.durations;
  const perSecond = (s: number): string => `${Math.round(records / s / 1000)} k rows/s`;
  console.log(
    `${shape.padEnd(10)} ${perSecond(seconds)}, per CPU second ${perSecond(cpuSeconds)}; ` +
      `generate ${fetchMs} ms, transform ${transformMs} ms, write ${writeMs} ms of ${Math.round(seconds * 1000)} ms; ` +
      `peak ${Math.round(peakBytes / 1e6)} MB; ${Math.round(result.inputBytes / 1e6)} MB in, ` +
      `${Math.round(result.outputBytes / 1e6)} MB out in ` +
      `${result.dataFiles.kind === 'none' ? 0 : result.dataFiles.fileCount} files; ` +
      `dead letters ${JSON.stringify(result.deadLettersByCode)}`,
  );
}

const [shape, records = '200000', memory = '512'] = process.argv.slice(2);
const shapes: readonly Shape[] = shape === 'raw' || shape === 'structured' ? [shape] : ['raw', 'structured'];
for (const each of shapes) {
  await measure(each, Number(records), Number(memory) * 1024 * 1024);
}
