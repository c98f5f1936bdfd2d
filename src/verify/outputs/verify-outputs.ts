import type { LakeSession } from '../../lake/lake-session.ts';
import type { LakeTable } from '../../lake/table/open-table.ts';
import type { JobSpec } from '../../model/job/job-spec.ts';
import { logEndEpochIn } from '../../model/table/app-id.ts';
import type { PartitionCoverage } from '../coverage.ts';
import type { DifferenceList } from '../difference-list.ts';
import type { RowEvidence } from '../table-side.ts';
import { givenUp, type TopicLedger } from '../topic-ledger.ts';
import type { OutputReport, PartitionReport } from '../verify-report.ts';
import { coveredWindows } from '../windows.ts';
import type { OutputLane } from './open-output.ts';
import { verifyOutput, type OutputInput } from './verify-output.ts';

/** The job's table of a topic, after it was compared with Kafka. It is the view `verify_table` of the session. */
export interface VerifiedRows {
  readonly session: LakeSession;
  readonly spec: JobSpec;
  readonly topic: string;
  /** Of the topic that there is now. */
  readonly topicId: string | undefined;
  readonly table: LakeTable;
  readonly evidence: RowEvidence;
  readonly ledger: TopicLedger;
  readonly coverages: readonly PartitionCoverage[];
  readonly partitions: readonly PartitionReport[];
  /** Does another topic of the job go into the same table? */
  readonly isShared: boolean;
  readonly hasDeadLetters: boolean;
  readonly rowsDiffer: boolean;
  readonly onOutput: (name: string) => void;
  readonly onCompared: () => void;
}

/** Compares each output of the job with the rows that it is made of. */
export async function verifyOutputs(verified: VerifiedRows, list: DifferenceList): Promise<readonly OutputReport[]> {
  const { session, spec, topic, table, evidence, coverages, partitions, isShared } = verified;
  const current = coverages.filter(({ segments }) => segments.length > 0);
  const lane = laneOf(verified);
  const input: OutputInput = {
    session,
    rows: {
      ...{ spec, topic, shape: table.state, columns: evidence.columns, isShared },
      hasDeadLetters: verified.hasDeadLetters,
      hasCopies: current.some(({ segments }) => coveredWindows(segments).some(({ copies }) => copies > 1)),
    },
    found: {
      hasCoordinates: evidence.hasCoordinates,
      differs: verified.rowsDiffer,
      isUnproven: partitions.some(({ verdict }) => verdict === 'unproven'),
      hasPastTopic: new Set(current.map(({ topicId }) => topicId)).size > 1,
      hasLostRecords: verified.ledger.hasLostRecords,
      wasCutOff: [...table.state.txns.keys()].some((appId) =>
        [...lane.rowsEnd.keys()].some(
          (partition) => logEndEpochIn(appId, spec.name, { ...lane, partition }) !== undefined,
        ),
      ),
    },
    lane,
  };
  const reports: OutputReport[] = [];
  for (const output of spec.outputs ?? []) {
    verified.onOutput(output.name);
    reports.push(await verifyOutput(input, output, list));
    verified.onCompared();
  }
  return reports;
}

/** The incarnation of the topic that the job reads now, or read last. */
function laneOf({ spec, topic, topicId: wanted, ledger: { positions } }: VerifiedRows): OutputLane {
  const own = [...positions].flatMap(([key, offset]) => {
    const cut = key.lastIndexOf('/');
    return offset === givenUp ? [] : [{ topicId: key.slice(0, cut), partition: Number(key.slice(cut + 1)), offset }];
  });
  const topicId = own.find((each) => each.topicId === wanted)?.topicId ?? own.at(-1)?.topicId ?? '';
  const rowsEnd = own.flatMap((each) => (each.topicId === topicId ? [[each.partition, each.offset] as const] : []));
  return { job: spec.name, topic, topicId, rowsEnd: new Map(rowsEnd) };
}
