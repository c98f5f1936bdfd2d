import type { OffsetDecision } from '../../delta/commit/offset-check.ts';
import { BronzeError } from '../../errors.ts';

export function fenced(root: string, refusal: Extract<OffsetDecision, { kind: 'fenced' }>): BronzeError {
  return new BronzeError(
    'LANE_FENCED',
    `${root}: another run has opened this lane (epoch ${String(refusal.storedEpoch)}; this batch is of epoch ` +
      `${String(refusal.epoch)}). Nothing was committed.`,
  );
}

export function ownedByAnotherJob(
  root: string,
  { claim }: Extract<OffsetDecision, { kind: 'ownedByAnotherJob' }>,
): BronzeError {
  return new BronzeError(
    'TABLE_OWNED_BY_ANOTHER_JOB',
    `${root}: job ${claim.job} ingests ${claim.topic}/${String(claim.partition)} into this table already. Nothing was committed.`,
  );
}
