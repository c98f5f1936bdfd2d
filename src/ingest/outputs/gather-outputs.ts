import { join } from 'node:path';
import type { PartGatherer, PartStart } from '../../aggregate/compiled-output.ts';
import type { EngineSession } from '../../engine/session.ts';
import { BronzeError } from '../../errors.ts';
import type { RangeGroup } from '../../model/batch.ts';
import { pathForTopic } from '../../model/job-spec.ts';
import type { PlanFacts } from '../../model/lane-requests.ts';
import type { OutputPart, OutputPlan } from '../../model/output-batch.ts';
import { hidden, isRow } from '../../model/pipeline-step.ts';
import { quoteIdentifier } from '../../model/sql-text.ts';
import type { StructType } from '../../model/table-schema.ts';
import { openObjectStore } from '../../storage/open-object-store.ts';
import { stagedFolder, stagedPath } from '../staged-files.ts';
import { stagedRows } from '../stage-records.ts';
import type { NamedOutput } from './compile-output.ts';

interface OutputGatherer extends NamedOutput {
  readonly gatherer: PartGatherer;
}

/** Views of a slice's rows; of tombstones, which are no rows otherwise, outputs that merge must know. */
const slices = { parsed: 'output_rows', all: 'output_rows_and_tombstones' } as const;

/** The outputs of a job, as a group of a batch has them: each takes the rows of every slice, and leaves a part. */
export class OutputGatherers {
  readonly #session: EngineSession;
  readonly #plan: PlanFacts;
  readonly #rows: StructType;
  readonly #outputs: readonly OutputGatherer[];

  private constructor(session: EngineSession, plan: PlanFacts, rows: StructType, outputs: readonly OutputGatherer[]) {
    this.#session = session;
    this.#plan = plan;
    this.#rows = rows;
    this.#outputs = outputs;
  }

  /** `undefined` for a job without outputs, and for a plan that names none, as that of a trial. */
  static async open(
    session: EngineSession,
    { plan, group, rows, outputs }: GatheringOptions,
  ): Promise<OutputGatherers | undefined> {
    if (outputs.length === 0 || plan.outputs === undefined) return undefined;
    const gatherers: OutputGatherer[] = [];
    for (const [index, named] of outputs.entries()) {
      const planned = plan.outputs.find(({ name }) => name === named.output.name);
      if (!planned) throw new BronzeError('INTERNAL', `the plan does not know the output ${named.output.name}`);
      const gatherer = await named.compiled.openPart(session, `output_${String(index)}`, startOf(planned, group));
      gatherers.push({ ...named, gatherer });
    }
    return new OutputGatherers(session, plan, rows, gatherers);
  }

  /** Takes the rows of the sealed slice. */
  async takeSlice(): Promise<void> {
    const columns = this.#rows.fields.map(({ name }) => quoteIdentifier(name));
    const select = (further: readonly string[], condition: string): string =>
      `SELECT ${[...columns, hidden.partition, hidden.offset, ...further].join(', ')} FROM ${stagedRows} WHERE ${isRow} AND ${condition}`;
    const parsed = select([], hidden.isValid);
    await this.#session.run(`CREATE OR REPLACE VIEW ${slices.parsed} AS ${parsed}`, 'hand rows to the outputs');
    if (this.#outputs.some(isMerging)) {
      const all = select([hidden.isTombstone], `(${hidden.isValid} OR ${hidden.isTombstone})`);
      await this.#session.run(`CREATE OR REPLACE VIEW ${slices.all} AS ${all}`, 'hand rows to the outputs');
    }
    for (const named of this.#outputs) {
      await named.gatherer.takeSlice(isMerging(named) ? slices.all : slices.parsed);
      // They are counted; the rows themselves are in the job's table.
      await this.#session.run(`TRUNCATE ${named.gatherer.lateTable}`, 'forget late records');
    }
    for (const view of Object.values(slices)) {
      await this.#session.run(`DROP VIEW IF EXISTS ${view}`, 'hand rows to the outputs');
    }
  }

  /** Makes the parts durable, each in the folder of its output's table. */
  async finish(): Promise<readonly OutputPart[]> {
    const parts: OutputPart[] = [];
    for (const [index, { output, gatherer }] of this.#outputs.entries()) {
      const file = join(this.#session.outputFolder, `part-${String(index)}.parquet`);
      const { rows, counts, greatestEventTimeUs } = await gatherer.finish(file);
      const path = stagedPath(stagedFolder, this.#plan, 'parquet');
      if (rows > 0) await openObjectStore(pathForTopic(output.path, this.#plan.topic)).putFile(path, file);
      parts.push({
        name: output.name,
        ...(rows > 0 ? { part: { path, rows } } : {}),
        counts,
        greatestEventTimeUs: [...greatestEventTimeUs].map(([partition, us]) => ({ partition, us: String(us) })),
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
  /** The columns of the job's table. */
  readonly rows: StructType;
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
