import { errorMessage } from '../../errors.ts';
import type { LakeSession } from '../../lake/lake-session.ts';
import { viewTable } from '../../lake/table/open-table.ts';
import { pathForTopic } from '../../model/job/job-spec.ts';
import type { OutputSpec } from '../../model/outputs/output-spec.ts';
import type { DifferenceList } from '../difference-list.ts';
import type { OutputReport } from '../verify-report.ts';
import { compareLateRecords } from './compare-late-records.ts';
import { compareOutput } from './compare-output.ts';
import { expectOutput } from './expect-output.ts';
import { openOutput, type OpenOutput, type OutputLane } from './open-output.ts';
import type { TopicRows } from './output-rows.ts';
import { OutputDifferences } from './output-differences.ts';
import { doubtsOf, whyNot, whyNotFromRows, type RowsFound } from './provability.ts';

export interface OutputInput {
  readonly session: LakeSession;
  readonly rows: TopicRows;
  readonly found: RowsFound;
  readonly lane: OutputLane;
}

/**
 * Works out what the table of an output must hold from the rows of the job's table, which was compared with Kafka before,
 * and compares it row by row. None of the code that makes outputs has a part in it.
 */
export async function verifyOutput(
  input: OutputInput,
  output: OutputSpec,
  list: DifferenceList,
): Promise<OutputReport> {
  const { rows, found, lane } = input;
  const tableRoot = pathForTopic(output.path, rows.topic);
  const nothing = { topic: rows.topic, output: output.name, tableRoot, ...noRows };
  const unproven = (note: string): OutputReport => ({ ...nothing, verdict: 'unproven', notes: [note] });
  const open = await openOutput(tableRoot, lane);
  if (!open) return unproven('there is no table yet');
  if (open.kind === 'unreadable') return unproven(open.problem);
  const why = whyNotFromRows(found, rows) ?? whyNot(output, rows, open);
  const opened = { ...nothing, version: open.table.state.version, late: open.coverage.counts.late };
  if (why !== undefined) return { ...opened, verdict: 'unproven', notes: [why] };
  const differences = new OutputDifferences(list, { topic: rows.topic, output: output.name });
  const doubts = doubtsOf(output, rows, found, open);
  const outcome = await compare({ ...input, open }, output, { differences, doubts }).catch(asProblem);
  if ('problem' in outcome) return { ...opened, verdict: 'unproven', notes: [outcome.problem] };
  const aheadNote = `compared at version ${open.table.state.version}: what came after, the job's table does not have yet`;
  return {
    ...opened,
    ...outcome,
    differences: differences.count,
    verdict: differences.count > 0 ? 'different' : outcome.unprovenRows > 0 ? 'unproven' : 'same',
    notes: [
      ...(open.isAhead ? [aheadNote] : []),
      ...(outcome.unprovenRows > 0 ? unprovenNotes(outcome.unprovenRows, doubts) : []),
    ],
  };
}

const noRows = { records: 0, rows: 0, expectedRows: 0, late: 0, differences: 0, unprovenRows: 0 };

function unprovenNotes(rows: number, doubts: readonly string[]): readonly string[] {
  const why = doubts.length > 0 ? doubts.join('; ') : 'their keys are in several topic partitions';
  return [`${rows} rows are not as the job's table makes them, which need not be wrong: ${why}`];
}

type Compared = Pick<OutputReport, 'records' | 'rows' | 'expectedRows' | 'unprovenRows'>;

async function compare(
  { session, rows, open }: OutputInput & { readonly open: OpenOutput },
  output: OutputSpec,
  { differences, doubts }: { readonly differences: OutputDifferences; readonly doubts: readonly string[] },
): Promise<Compared> {
  const view = 'verify_output';
  await viewTable(session, view, open.table);
  const { coverage, closedThroughUs } = open;
  const taken = { shape: open.table.state, coverage, closedThroughUs };
  const expectation = await expectOutput({ session, rows, taken }, output);
  const compared = await compareOutput(session, view, expectation, differences.room);
  const records = await countRecords(session);
  const isWindowed = output.kind === 'aggregate' && output.window !== undefined;
  const late = isWindowed
    ? await compareLateRecords(session, { rows, coverage, output: output.name }, differences.room)
    : { count: 0, told: [] };
  const numbers = { records, rows: compared.rows, expectedRows: compared.expectedRows };
  if (doubts.length > 0) return { ...numbers, unprovenRows: compared.differences + compared.doubtful + late.count };
  differences.addRows(compared);
  differences.addLateRecords(late);
  differences.addPositions(open);
  if (open.fromTheStart) differences.addCounts(expectation.counts, open.coverage.counts);
  return { ...numbers, unprovenRows: compared.doubtful };
}

/** What cannot be worked out, because the tables have other columns than the job now makes, or memory is too small. */
function asProblem(error: unknown): { readonly problem: string } {
  const message = errorMessage(error);
  if (message.startsWith('Binder Error'))
    return { problem: `the tables do not have the columns that it needs: ${message}` };
  if (message.startsWith('Out of Memory Error')) return { problem: 'it takes more memory than this program may use' };
  throw error;
}

async function countRecords(session: LakeSession): Promise<number> {
  return Number((await session.read('SELECT count(*) FROM verify_taken')).value(0, 0));
}
