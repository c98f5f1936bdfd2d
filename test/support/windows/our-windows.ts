import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { compileAggregate } from '../../../src/aggregate/compile-aggregate.ts';
import { EngineSession } from '../../../src/engine/session.ts';
import type { AggregateOutput, WindowShape } from '../../../src/model/outputs/output-spec.ts';
import { SeededRandom } from '../../../src/samples/seeded-random.ts';
import { parseJob } from '../../../src/spec/parse-job.ts';
import { tableSchema } from '../../../src/transform/table-schema.ts';
import { OutputLane, type Batch, type LaneRow } from '../output-lane.ts';
import { scratchFolder } from '../scratch-folder.ts';
import { aggregates, type Reading, type Scenario, type WindowRow } from './scenario.ts';

/** A job file with the scenario's windows as its output. */
export function jobTextOf(scenario: Pick<Scenario, 'shape' | 'delayMs' | 'mode'>): string {
  return `
name: readings
source: { topics: readings }
steps:
  parse: { schema: { id: string, ts: timestamp, value: double, n: bigint, flag: boolean } }
outputs:
  windows:
    window: ${windowText(scenario.shape)}
    eventTime: ts
    watermark: ${scenario.delayMs} ms
    groupBy: [id]
    mode: ${scenario.mode}
    aggregates:
${Object.entries(aggregates)
  .map(([name, [sql]]) => `      ${name}: ${sql}`)
  .join('\n')}
`;
}

function windowText(shape: WindowShape): string {
  switch (shape.kind) {
    case 'tumbling':
      return `{ tumbling: ${shape.sizeMs} ms }`;
    case 'hopping':
      return `{ hopping: ${shape.sizeMs} ms, every: ${shape.slideMs} ms }`;
    case 'session':
      return `{ session: ${shape.gapMs} ms }`;
  }
}

/** What our windows make of the batches, each of them worked out twice, as after a crash. */
export async function ourWindows(
  scenario: Scenario,
  batches: readonly (readonly Reading[])[] = scenario.batches,
): Promise<WindowRow[]> {
  const spec = parseJob(jobTextOf(scenario), { fileName: 'readings', env: {} });
  const output = spec.outputs?.find((candidate): candidate is AggregateOutput => candidate.kind === 'aggregate');
  if (!output) throw new Error('the job has no windows');
  const rows = { type: 'struct' as const, fields: tableSchema(spec).fields.slice(0, 5) };
  const session = await EngineSession.open({
    folder: join(await scratchFolder(), 'engine'),
    memoryLimitBytes: 256 << 20,
  });
  onTestFinished(() => session[Symbol.asyncDispose]());
  const partitions = Array.from({ length: scenario.partitions }, (_, partition) => partition);
  const delayUs = BigInt(scenario.delayMs) * 1000n;
  const lane = new OutputLane({
    session,
    output: compileAggregate(output, rows),
    rows,
    partitions,
    delayUs,
    attempts: 2,
  });
  const offsets = new Map<number, bigint>();
  for (const [index, batch] of batches.entries()) await lane.commit(groupsOf(batch, offsets, index));
  return lane.tableRows.map(({ window_start: start, window_end: end, ...rest }) => ({
    startMs: instantOf(start),
    endMs: instantOf(end),
    ...rest,
  }));
}

/** Two groups of whole topic partitions, the rows of each in two slices. */
function groupsOf(batch: readonly Reading[], offsets: Map<number, bigint>, seed: number): Batch {
  const random = new SeededRandom(seed, batch.length);
  const rows = batch.map((reading): LaneRow => {
    const { partition, id, at_ms: atMs, value, n, flag } = reading;
    const offset = offsets.get(partition) ?? 0n;
    offsets.set(partition, offset + 1n);
    const values = [
      `'${id}'`,
      `make_timestamptz(CAST(${atMs * 1000} AS BIGINT))`,
      `CAST('${value}' AS DOUBLE)`,
      n === null ? 'NULL' : `${n}`,
      `${flag}`,
    ];
    return { partition, offset, values };
  });
  return [0, 1].flatMap((group) => {
    const own = rows.filter(({ partition }) => partition % 2 === group);
    if (own.length === 0) return [];
    const cut = random.int(own.length + 1);
    return [[own.slice(0, cut), own.slice(cut)]];
  });
}

function instantOf(text: unknown): number {
  return Date.parse(String(text).replace(' ', 'T').replace(/\+00$/, 'Z'));
}
