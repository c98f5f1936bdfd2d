import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { compileAggregate } from '../../src/aggregate/compile-aggregate.ts';
import { EngineSession } from '../../src/engine/session.ts';
import { parseAggregateText } from '../../src/model/outputs/aggregate-text.ts';
import { inferAggregateType, plainColumn } from '../../src/model/outputs/aggregate-type.ts';
import type { AggregateColumn, AggregateOutput, WindowShape } from '../../src/model/outputs/output-spec.ts';
import { field, struct, type DataType, type StructType } from '../../src/model/table/table-schema.ts';
import { OutputLane, type LaneRow } from './output-lane.ts';
import { scratchFolder } from './scratch-folder.ts';

export const readings = struct(
  field('id', 'string'),
  field('ts', 'timestamp'),
  field('value', 'double'),
  field('n', 'long'),
);

export interface OutputParts {
  readonly shape?: WindowShape;
  readonly delayMs?: number;
  readonly maxAheadMs?: number;
  readonly groupBy?: readonly string[];
  readonly partitionBy?: readonly string[];
  /** As in a job file: a text, or a type and a text. */
  readonly aggregates: Readonly<Record<string, string | readonly [DataType, string]>>;
  readonly mode?: 'append' | 'update';
}

export function aggregateOutput(
  { shape, delayMs = 0, maxAheadMs, groupBy = ['id'], partitionBy = [], aggregates, mode = 'append' }: OutputParts,
  rows: StructType = readings,
): AggregateOutput {
  return {
    kind: 'aggregate',
    name: 'sums',
    path: '/nowhere',
    partitionBy,
    properties: {},
    targetFileSizeBytes: 1 << 27,
    ...(shape === undefined
      ? {}
      : {
          window: {
            shape,
            eventTime: 'ts',
            delayMs,
            idleAfterMs: 0,
            late: 'deadLetter',
            ...(maxAheadMs === undefined ? {} : { maxAheadMs }),
          },
        }),
    groupBy,
    aggregates: Object.entries(aggregates).map(([name, written]) => aggregateColumn(name, written, rows)),
    mode,
  };
}

function aggregateColumn(
  name: string,
  written: string | readonly [DataType, string],
  rows: StructType,
): AggregateColumn {
  const [type, text] = typeof written === 'string' ? [undefined, written] : written;
  const parsed = parseAggregateText(text);
  if (!parsed.ok) throw new Error(`expected ${parsed.expected}`);
  const { input } = parsed.value;
  const column = input === undefined ? undefined : plainColumn(input, rows.fields);
  const inferred = inferAggregateType(parsed.value.function, column?.type);
  const known = type ?? (inferred.kind === 'known' ? inferred.type : undefined);
  if (known === undefined) throw new Error(`the type of ${text} must be given`);
  return { name, type: known, ...parsed.value };
}

export async function openEngine(): Promise<EngineSession> {
  const folder = join(await scratchFolder(), 'engine');
  const session = await EngineSession.open({ folder, memoryLimitBytes: 256 << 20 });
  onTestFinished(() => session[Symbol.asyncDispose]());
  return session;
}

/** A lane of `readings`. Each batch is worked out twice. */
export async function openAggregateLane(parts: OutputParts, partitions: readonly number[] = [0]): Promise<OutputLane> {
  return new OutputLane({
    session: await openEngine(),
    output: compileAggregate(aggregateOutput(parts), readings),
    rows: readings,
    partitions,
    delayUs: BigInt(parts.delayMs ?? 0) * 1000n,
    attempts: 2,
  });
}

export type Reading = readonly [id: string | null, seconds: number | null, value?: number | null, n?: bigint | null];

/** Rows of one topic partition, from an offset on. */
export function readingRows(given: readonly Reading[], fromOffset = 0, partition = 0): LaneRow[] {
  return given.map(([id, seconds, value = null, n = null], position) => ({
    partition,
    offset: BigInt(fromOffset + position),
    values: [
      id === null ? 'NULL' : `'${id}'`,
      seconds === null ? 'NULL' : `make_timestamptz(CAST(${Math.round(seconds * 1e6)} AS BIGINT))`,
      value === null ? 'NULL' : `CAST('${value}' AS DOUBLE)`,
      n === null ? 'NULL' : `CAST('${n}' AS BIGINT)`,
    ],
  }));
}
