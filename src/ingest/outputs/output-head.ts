import { z } from 'zod';
import type { Action } from '../../delta/actions.ts';
import { jsonText } from '../../delta/json-text.ts';
import type { LaneIdentity } from '../../delta/commit/offset-positions.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError } from '../../errors.ts';
import type { PartitionOffset } from '../../model/batch/batch.ts';
import type { Offset } from '../../model/batch/offset-range.ts';
import { isOutputDomain, outputDomainOf } from '../../model/outputs/output-domain.ts';

const offset = z.templateLiteral([z.bigint()]) as z.ZodType<Offset>;
const microseconds = z.string().regex(/^-?\d+$/);

const outputHead = z.object({
  formatVersion: z.literal(1),
  topicId: z.string(),
  /** What the state means: state of another output cannot be continued. */
  fingerprint: z.string(),
  /** Where the output began: all rows from there on are in it. */
  began: z.array(z.object({ partition: z.int(), offset })),
  /**
   * What is added to offsets where records are compared by them: offsets that the output has had may be of later records
   * since. Absent: nothing.
   */
  orderBase: offset.exactOptional(),
  partitions: z.array(
    z.object({
      partition: z.int(),
      greatestEventTimeUs: microseconds.exactOptional(),
      /** When the last batch was planned that had offsets of the topic partition. */
      lastReadAtMs: z.int(),
    }),
  ),
  /** Windows that end by then are closed. */
  closedThroughUs: microseconds.exactOptional(),
  /** Windows or keys that later rows may change. */
  open: z.int(),
  /** In the table's store. */
  stateFiles: z.array(
    z.object({
      path: z.string(),
      rows: z.int(),
      sizeBytes: z.int(),
      generation: z.int(),
      /** A watermark that has come so far has closed all windows in it. */
      closedAtUs: microseconds.exactOptional(),
    }),
  ),
  /** State files that the commit with this head made superfluous; the one after it deletes them. */
  retired: z.array(z.string()),
});

/** What the next batch of a lane must know of an output, in the commit of the rows that made it so. */
export type OutputHead = z.output<typeof outputHead>;

/** The heads of other lanes whose output the table is as well, by the names of their domains. */
export function otherHeads(
  { domains }: Pick<TableState, 'domains'>,
  lane: Pick<LaneIdentity, 'job' | 'topic'>,
): ReadonlyMap<string, string> {
  const own = outputDomainOf(lane);
  return new Map([...domains].filter(([domain]) => isOutputDomain(domain) && domain !== own));
}

/** @throws BronzeError TABLE_CORRUPT where it is not what was written. */
export function readHead(
  state: Pick<TableState, 'domains'> | undefined,
  lane: Pick<LaneIdentity, 'job' | 'topic'>,
  root: string,
): OutputHead | undefined {
  const text = state?.domains.get(outputDomainOf(lane));
  if (text === undefined) return undefined;
  const parsed = jsonText(outputHead).safeParse(text);
  if (parsed.success) return parsed.data;
  throw new BronzeError(
    'TABLE_CORRUPT',
    `${root}: the metadata domain ${outputDomainOf(lane)} is not of this version of kafka-bronze`,
  );
}

/** Whoever took it for an output that is new would begin with no state where there are rows. */
export function headMissing(root: string, output: string): BronzeError {
  return new BronzeError('TABLE_CORRUPT', `${root}: the table has offsets, and no state of the output ${output}`);
}

export function headAction(lane: Pick<LaneIdentity, 'job' | 'topic'>, head: OutputHead): Action {
  return { domainMetadata: { domain: outputDomainOf(lane), configuration: JSON.stringify(head), removed: false } };
}

/** Of an output that has taken nothing yet. */
export function newHead(
  topicId: string,
  fingerprint: string,
  began: readonly PartitionOffset[],
  retired: readonly string[] = [],
): OutputHead {
  const nothing = { partitions: [], open: 0, stateFiles: [] };
  return { formatVersion: 1, topicId, fingerprint, began: [...began], ...nothing, retired: [...retired] };
}

/** PROTOCOL.md, Domain Metadata: a feature that writers must know. */
export const headFeature = 'domainMetadata';
