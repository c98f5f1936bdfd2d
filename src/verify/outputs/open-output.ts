import { z } from 'zod';
import { BronzeError } from '../../errors.ts';
import { openTable, openTableIfExists, type LakeTable } from '../../lake/table/open-table.ts';
import { tableHistory } from '../../lake/notes/table-history.ts';
import { isOutputDomain, outputDomainOf } from '../../model/outputs/output-domain.ts';
import type { NotedCommit } from '../coverage.ts';
import { positionKey, readPositions } from '../topic-ledger.ts';
import { assumeEarlier, replayOutputNotes, type OutputCoverage } from './output-coverage.ts';

/** What of the head of an output is needed to say what its table must hold. */
const outputStanding = z.object({
  topicId: z.string(),
  began: z.array(z.object({ partition: z.int(), offset: z.string().regex(/^\d+$/) })),
  closedThroughUs: z
    .string()
    .regex(/^-?\d+$/)
    .optional(),
});

/** An output's table at a version of which the job's table has all rows. */
export interface OpenOutput {
  readonly kind: 'open';
  readonly table: LakeTable;
  readonly coverage: OutputCoverage;
  /** Does the log reach back to where the output began? */
  readonly fromTheStart: boolean;
  /** The `txn` of each topic partition. */
  readonly stored: ReadonlyMap<number, bigint>;
  /** Windows that end by then are closed; microseconds since 1970. */
  readonly closedThroughUs: bigint | undefined;
  /** Domains of other lanes that have rows in the table. */
  readonly otherLanes: readonly string[];
  /** Is there a newer version, with rows of a batch that the job's table does not have yet? */
  readonly isAhead: boolean;
}

export interface OutputLane {
  readonly job: string;
  readonly topic: string;
  readonly topicId: string;
  /** Where the job's table stands. */
  readonly rowsEnd: ReadonlyMap<number, bigint>;
}

/** `unreadable`: there is a table that nothing can be said of. `undefined`: there is none. */
export async function openOutput(
  root: string,
  lane: OutputLane,
): Promise<OpenOutput | { readonly kind: 'unreadable'; readonly problem: string } | undefined> {
  const newest = await openTableIfExists(root);
  if (!newest) return undefined;
  const all = await readNotes(newest, lane);
  const version = lastVersionWithin(all.commits, lane) ?? newest.state.version;
  const isAhead = version < newest.state.version;
  const table = isAhead ? await openEarlier(newest, version) : newest;
  if (!table)
    return { kind: 'unreadable', problem: `its version ${version}, of which the job's table has all rows, is gone` };
  const commits = all.commits.filter((commit) => commit.version <= version);
  const text = table.state.domains.get(outputDomainOf(lane));
  const standing = text === undefined ? undefined : outputStanding.safeParse(parseJson(text));
  if (!standing?.success) return { kind: 'unreadable', problem: 'its log does not say where the output stands' };
  const { topicId, began, closedThroughUs } = standing.data;
  if (topicId !== lane.topicId)
    return { kind: 'unreadable', problem: `it stands at the incarnation ${topicId} of the topic` };
  const stored = positionsOf(table, lane);
  const noted = replayOutputNotes(commits, lane.topicId);
  const starts = new Map(began.map(({ partition, offset }) => [partition, BigInt(offset)]));
  return {
    kind: 'open',
    table,
    coverage: all.fromTheStart ? noted : assumeEarlier(noted, starts, stored),
    fromTheStart: all.fromTheStart,
    stored,
    closedThroughUs: closedThroughUs === undefined ? undefined : BigInt(closedThroughUs),
    otherLanes: [...table.state.domains.keys()].filter(
      (domain) => isOutputDomain(domain) && domain !== outputDomainOf(lane),
    ),
    isAhead,
  };
}

/** Notes of the lane, oldest first. Those that log clean-up kept say nothing of outputs. */
async function readNotes(
  table: LakeTable,
  { job, topic }: OutputLane,
): Promise<{ readonly commits: readonly NotedCommit[]; readonly fromTheStart: boolean }> {
  const commits: NotedCommit[] = [];
  let oldest = table.state.version + 1;
  for await (const { version, note } of tableHistory(table)) {
    oldest = version;
    if (note.kind === 'note' && note.note.job === job && note.note.topic === topic) {
      commits.push({ version, note: note.note });
    }
  }
  return { commits: commits.reverse(), fromTheStart: oldest === 0 };
}

/** The version before the first commit that took what the job's table does not have. */
function lastVersionWithin(commits: readonly NotedCommit[], { topicId, rowsEnd }: OutputLane): number | undefined {
  const beyond = commits.find(
    ({ note }) =>
      note.kind === 'outputBatch' &&
      note.topicId === topicId &&
      note.ranges.some(
        ({ partition, startOffset, endOffset }) =>
          BigInt(endOffset) > BigInt(startOffset) && BigInt(endOffset) > (rowsEnd.get(partition) ?? 0n),
      ),
  );
  return beyond && beyond.version - 1;
}

async function openEarlier(table: LakeTable, version: number): Promise<LakeTable | undefined> {
  try {
    return await openTable(table, { kind: 'version', version });
  } catch (error) {
    if (error instanceof BronzeError) return undefined;
    throw error;
  }
}

function positionsOf(table: LakeTable, { job, topic, topicId }: OutputLane): Map<number, bigint> {
  const positions = new Map<number, bigint>();
  for (const [key, offset] of readPositions(table, job, topic)) {
    const partition = Number(key.slice(key.lastIndexOf('/') + 1));
    if (offset >= 0n && key === positionKey({ topicId, partition })) positions.set(partition, offset);
  }
  return positions;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
