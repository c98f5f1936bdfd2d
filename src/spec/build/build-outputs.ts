import { BronzeError } from '../../errors.ts';
import { parseAggregateText } from '../../model/outputs/aggregate-text.ts';
import type {
  AggregateColumn,
  AggregateOutput,
  OutputSpec,
  WindowRule,
  WindowShape,
} from '../../model/outputs/output-spec.ts';
import type { JobColumn } from './job-columns.ts';
import { typeOfAggregate } from './output-columns.ts';
import type { OutputYaml, WrittenAggregate } from '../yaml/outputs-yaml.ts';

const defaultIdleAfterMs = 60_000;
/** As far ahead of its own clock as a broker lets timestamps be, unless it is told otherwise (Kafka 4.0). */
const defaultMaxAheadMs = 3_600_000;

export interface OutputDefaults {
  /** Output name to path. */
  readonly paths: ReadonlyMap<string, string>;
  readonly targetFileSizeBytes: number;
  /** Of the job's table. */
  readonly properties: Readonly<Record<string, string>>;
  /** `undefined` where they are known from a schema elsewhere only. */
  readonly columns: readonly JobColumn[] | undefined;
}

/** The outputs as they run, from a document that was found to be in order. */
export function buildOutputs(
  outputs: Readonly<Record<string, OutputYaml>>,
  defaults: OutputDefaults,
): readonly OutputSpec[] {
  return Object.entries(outputs).map(([name, output]) => buildOutput(name, output, defaults));
}

function buildOutput(name: string, output: OutputYaml, defaults: OutputDefaults): OutputSpec {
  const { aggregates, changes, merge } = output;
  const target = {
    name,
    path: defaults.paths.get(name) ?? '',
    partitionBy: output.partitionBy ?? [],
    properties: {
      ...inherited(defaults.properties),
      ...(replacesRows(output) ? rowReplacement : {}),
      ...output.properties,
    },
    targetFileSizeBytes: output.targetFileSize ?? defaults.targetFileSizeBytes,
  };
  if (changes !== undefined) return { ...target, kind: 'changes', key: changes.key, of: changes.of };
  if (merge !== undefined) {
    const { key, orderBy, deleteWhen } = merge;
    return {
      ...target,
      kind: 'merge',
      key,
      ...(orderBy === undefined ? {} : { orderBy }),
      ...(deleteWhen === undefined ? {} : { deleteWhen }),
    };
  }
  return {
    ...target,
    kind: 'aggregate',
    ...windowOf(output),
    groupBy: output.groupBy ?? [],
    aggregates: Object.entries(aggregates ?? {}).map(([column, written]) =>
      buildAggregate(column, written, defaults.columns),
    ),
    mode: modeOf(output),
  };
}

/** Outputs have columns of the job's table: where those may get wider types, theirs must be able to follow. */
function inherited(properties: OutputDefaults['properties']): OutputDefaults['properties'] {
  return Object.fromEntries(Object.entries(properties).filter(([name]) => name === 'delta.enableTypeWidening'));
}

/** Single rows leave a file by a deletion vector, which spares rewriting it; `false` in the job's properties turns that off. */
const rowReplacement = { 'delta.enableDeletionVectors': 'true' };

function replacesRows(output: OutputYaml): boolean {
  return output.merge !== undefined || (output.aggregates !== undefined && modeOf(output) === 'update');
}

function modeOf({ mode, window }: OutputYaml): AggregateOutput['mode'] {
  return mode ?? (window === undefined ? 'update' : 'append');
}

function windowOf({ window, eventTime, watermark, idleAfter, late }: OutputYaml): { readonly window?: WindowRule } {
  if (window === undefined || eventTime === undefined || watermark === undefined) return {};
  const idleAfterMs = idleAfter ?? defaultIdleAfterMs;
  const maxAheadMs = watermark.maxAhead ?? defaultMaxAheadMs;
  return {
    window: {
      shape: shapeOf(window),
      eventTime,
      delayMs: watermark.delay,
      ...(maxAheadMs === 'unlimited' ? {} : { maxAheadMs }),
      ...(idleAfterMs === 'never' ? {} : { idleAfterMs }),
      ...(late === 'deadLetter' ? { late } : {}),
    },
  };
}

function shapeOf({ tumbling, hopping, every, session }: NonNullable<OutputYaml['window']>): WindowShape {
  if (session !== undefined) return { kind: 'session', gapMs: session };
  if (hopping !== undefined) return { kind: 'hopping', sizeMs: hopping, slideMs: every ?? hopping };
  return { kind: 'tumbling', sizeMs: tumbling ?? 0 };
}

function buildAggregate(
  name: string,
  written: WrittenAggregate,
  columns: readonly JobColumn[] | undefined,
): AggregateColumn {
  const parsed = parseAggregateText(written.sql);
  const inferred = typeOfAggregate(written, columns);
  if (!parsed.ok || inferred.kind !== 'known') {
    throw new BronzeError('INTERNAL', `the aggregate ${name} was found to be in order, and is not`);
  }
  return { name, type: inferred.type, ...parsed.value };
}
