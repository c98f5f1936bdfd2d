import { renderTable } from '../../src/cli/output/table.ts';
import type { FetchedBatch } from '../../src/kafka/kafka-reader.ts';
import type { KafkaRecord } from '../../src/model/batch/kafka-record.ts';
import type { OffsetRange } from '../../src/model/batch/offset-range.ts';
import { runEngine } from '../run-engine.ts';
import { stepCases, type StepCase } from './step-cases.ts';

export interface StepFigures {
  readonly name: string;
  /** CPU time of the whole pipeline per row. */
  readonly microsPerRow: number;
  /** What it takes more than the pipeline that it adds something to. */
  readonly addedMicrosPerRow?: number;
  readonly rows: number;
}

const distinctEvents = 20_000;
const plannedAtMs = Date.UTC(2026, 10, 20, 7);
const memoryBytes = 512 * 1024 * 1024;

/** The fastest of `repeat` runs of each case; the cases take turns, so that a busy minute hits all of them. */
export async function measureSteps(
  records: number,
  repeat: number,
  say: (line: string) => void,
): Promise<StepFigures[]> {
  process.env['BENCH_PII_KEY'] ??= 'a key of the bench';
  const cases = stepCases().map((each) => ({ each, values: each.format.values(Math.min(records, distinctEvents)) }));
  const best = new Map<string, { readonly cpuSeconds: number; readonly rows: number }>();
  for (let turn = 1; turn <= repeat; turn++) {
    for (const { each, values } of cases) {
      const { cpuSeconds, result } = await runEngine(engineRun(each, values, records));
      const rows = result.counts.reduce((sum, range) => sum + range.rows, 0);
      if (cpuSeconds < (best.get(each.name)?.cpuSeconds ?? Infinity)) best.set(each.name, { cpuSeconds, rows });
    }
    say(`turn ${turn} of ${repeat} is done`);
  }
  const microsOf = (name: string): number => ((best.get(name)?.cpuSeconds ?? 0) * 1e6) / records;
  return cases.map(({ each: { name, base } }) => ({
    name,
    microsPerRow: microsOf(name),
    ...(base === undefined ? {} : { addedMicrosPerRow: microsOf(name) - microsOf(base) }),
    rows: best.get(name)?.rows ?? 0,
  }));
}

/** With what a step adds as a share of the pipeline that has all of them. */
export function formatSteps(figures: readonly StepFigures[]): string {
  const whole = figures.at(-1)?.microsPerRow ?? 0;
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const columns = [{ title: '' }, right('rows/s'), right('µs/row'), right('added µs/row'), right('share of all')];
  return renderTable(
    columns,
    figures.map(({ name, microsPerRow, addedMicrosPerRow }) => {
      const share = addedMicrosPerRow ?? microsPerRow;
      return [
        name,
        Math.round(1e6 / microsPerRow).toLocaleString('en-US'),
        microsPerRow.toFixed(2),
        addedMicrosPerRow?.toFixed(2) ?? '',
        `${((100 * share) / whole).toFixed(0)} %`,
      ];
    }),
  );
}

function engineRun(
  { spec }: StepCase,
  values: readonly Uint8Array[],
  records: number,
): Parameters<typeof runEngine>[0] {
  const range: OffsetRange = {
    topic: 'bench_api',
    topicId: '00000000-0000-0000-0000-000000000001',
    partition: 0,
    startOffset: '0',
    endOffset: `${BigInt(records)}`,
  };
  const plan = { job: 'bench-structured', topic: range.topic, batch: 1, epoch: 1, plannedAtMs };
  return { spec, plan, range, batches: () => batchesOf(values, records), memoryBytes };
}

/** As a broker would give them. */
async function* batchesOf(
  values: readonly Uint8Array[],
  records: number,
): AsyncGenerator<FetchedBatch, void, undefined> {
  for (let start = 0; start < records; start += 5000) {
    const batch = Array.from({ length: Math.min(5000, records - start) }, (_, index): KafkaRecord => {
      return {
        partition: 0,
        offset: BigInt(start + index),
        timestampMs: BigInt(plannedAtMs + start + index),
        timestampType: 'CreateTime',
        key: null,
        value: values[(start + index) % values.length] ?? null,
        headers: [],
      };
    });
    const bytes = batch.reduce((sum, { value }) => sum + (value?.length ?? 0), 0);
    const nextOffset = BigInt(start + batch.length);
    yield await Promise.resolve({ partition: 0, records: batch, dropped: {}, nextOffset, bytes });
  }
}
