import { join } from 'node:path';
import type { PartGatherer, PartStart } from '../../aggregate/compiled-output.ts';
import type { EngineSession } from '../../engine/session.ts';
import { BronzeError } from '../../errors.ts';
import type { RangeGroup } from '../../model/batch/batch.ts';
import { pathForTopic } from '../../model/job/job-spec.ts';
import type { PlanFacts } from '../../model/requests/lane-requests.ts';
import type { OutputPart, OutputPlan } from '../../model/outputs/output-batch.ts';
import { hidden, isRow } from '../../model/pipeline/pipeline-step.ts';
import { quoteIdentifier } from '../../model/pipeline/sql-text.ts';
import { openObjectStore } from '../../storage/open-object-store.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { FileTarget } from '../../parquet/write-files.ts';
import type { CompiledPipeline } from '../../transform/compile-pipeline.ts';
import { packStagedFiles, stagedFolder, stagedPath } from '../commit/staged-files.ts';
import { stagedRows } from '../transform/stage-records.ts';
import type { NamedOutput } from './compile-output.ts';
import { LateRecords } from './late-records.ts';

interface OutputGatherer extends NamedOutput {
  readonly gatherer: PartGatherer;
  /** Absent where they are counted, and no more. */
  readonly late: LateRecords | undefined;
}

/** Views of a slice's rows; of tombstones, which are no rows otherwise, outputs that merge must know. */
const slices = { parsed: 'output_rows', all: 'output_rows_and_tombstones' } as const;

/** The outputs of a job, as a group of a batch has them: each takes the rows of every slice, and leaves a part. */
export class OutputGatherers {
  readonly #session: EngineSession;
  readonly #plan: PlanFacts;
  readonly #pipeline: CompiledPipeline;
  readonly #deadLetterStore: ObjectStore;
  readonly #outputs: readonly OutputGatherer[];

  private constructor(session: EngineSession, options: GatheringOptions, outputs: readonly OutputGatherer[]) {
    this.#session = session;
    this.#plan = options.plan;
    this.#pipeline = options.pipeline;
    this.#deadLetterStore = options.deadLetters.store;
    this.#outputs = outputs;
  }

  /** `undefined` for a job without outputs, and for a plan that names none. */
  static async open(session: EngineSession, options: GatheringOptions): Promise<OutputGatherers | undefined> {
    const { plan, group, pipeline, deadLetters: target, outputs } = options;
    if (outputs.length === 0 || plan.outputs === undefined) return undefined;
    const gatherers: OutputGatherer[] = [];
    for (const [index, named] of outputs.entries()) {
      const planned = plan.outputs.find(({ name }) => name === named.output.name);
      if (!planned) throw new BronzeError('INTERNAL', `the plan does not know the output ${named.output.name}`);
      const gatherer = await named.compiled.openPart(session, `output_${String(index)}`, startOf(planned, group));
      const { lateTable } = gatherer;
      const of = { session, plan, pipeline, target, output: named.output.name };
      gatherers.push({
        ...named,
        gatherer,
        late: lateTable === undefined ? undefined : new LateRecords({ ...of, lateTable }),
      });
    }
    return new OutputGatherers(session, options, gatherers);
  }

  /** Takes the rows of the sealed slice; `inputTables` have its records as they came, where the pipeline keeps them. */
  async takeSlice(inputTables: readonly string[]): Promise<void> {
    const columns = this.#pipeline.outputSchema.fields.map(({ name }) => quoteIdentifier(name));
    const timestamps = this.#pipeline.tellsTimestamps ? [hidden.timestampMs] : [];
    const coordinates = [hidden.partition, hidden.offset, ...timestamps];
    const select = (further: readonly string[], condition: string): string =>
      `SELECT ${[...columns, ...coordinates, ...further].join(', ')} FROM ${stagedRows} WHERE ${isRow} AND ${condition}`;
    const parsed = select([], hidden.isValid);
    await this.#session.run(`CREATE OR REPLACE VIEW ${slices.parsed} AS ${parsed}`, 'hand rows to the outputs');
    if (this.#outputs.some(isMerging)) {
      const all = select([hidden.isTombstone], `(${hidden.isValid} OR ${hidden.isTombstone})`);
      await this.#session.run(`CREATE OR REPLACE VIEW ${slices.all} AS ${all}`, 'hand rows to the outputs');
    }
    for (const named of this.#outputs) {
      await named.gatherer.takeSlice(isMerging(named) ? slices.all : slices.parsed);
      await named.late?.takeSlice(inputTables);
    }
    for (const view of Object.values(slices)) {
      await this.#session.run(`DROP VIEW IF EXISTS ${view}`, 'hand rows to the outputs');
    }
  }

  /** Makes the parts durable, each in the folder of its output's table. */
  async finish(): Promise<readonly OutputPart[]> {
    const parts: OutputPart[] = [];
    for (const [index, { output, gatherer, late }] of this.#outputs.entries()) {
      const file = join(this.#session.outputFolder, `part-${String(index)}.parquet`);
      const { rows, counts, greatestEventTimeUs } = await gatherer.finish(file);
      const path = stagedPath(stagedFolder, this.#plan, 'parquet');
      if (rows > 0) await openObjectStore(pathForTopic(output.path, this.#plan.topic)).putFile(path, file);
      const lateFiles = await packStagedFiles(this.#deadLetterStore, this.#plan, late?.files ?? []);
      parts.push({
        name: output.name,
        ...(rows > 0 ? { part: { path, rows } } : {}),
        counts,
        greatestEventTimeUs: [...greatestEventTimeUs].map(([partition, us]) => ({ partition, us: String(us) })),
        ...(lateFiles.kind === 'none' ? {} : { lateFiles }),
      });
    }
    return parts;
  }
}

function isMerging({ output }: NamedOutput): boolean {
  return output.kind === 'merge';
}

export interface GatheringOptions {
  readonly plan: PlanFacts;
  readonly group: RangeGroup;
  readonly pipeline: CompiledPipeline;
  /** Where dead letters go. */
  readonly deadLetters: FileTarget;
  readonly outputs: readonly NamedOutput[];
}

function startOf({ partitions, closedThroughUs, orderBase }: OutputPlan, group: RangeGroup): PartStart {
  const own = new Set(group.ranges.map(({ partition }) => partition));
  return {
    partitions: partitions
      .filter(({ partition }) => own.has(partition))
      .map(({ partition, fromOffset, greatestEventTimeUs: us }) => ({
        partition,
        fromOffset: BigInt(fromOffset),
        ...(us === undefined ? {} : { greatestEventTimeUs: BigInt(us) }),
      })),
    ...(closedThroughUs === undefined ? {} : { closedThroughUs: BigInt(closedThroughUs) }),
    ...(orderBase === undefined ? {} : { orderBase: BigInt(orderBase) }),
  };
}
