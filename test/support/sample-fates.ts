import type { DropReason } from '../../src/model/batch/batch.ts';
import type { DeadLetterCode } from '../../src/model/table/dead-letter.ts';
import type { SampleDefect } from '../../src/samples/sample-event.ts';

/** What becomes of records with a defect; those that are not named here become rows. */
export type SampleFates = Readonly<Partial<Record<SampleDefect, DeadLetterCode | DropReason>>>;

export const deviceEventFates: SampleFates = {
  truncated: 'UNDECODABLE',
  invalidUtf8: 'UNDECODABLE',
  missingField: 'RULE_FAILED',
  unreadableTime: 'CAST_FAILED',
  tombstone: 'tombstone',
};

export const userEventFates: SampleFates = {
  brokenJson: 'INVALID_JSON',
  notANumber: 'INVALID_JSON',
  notAnObject: 'NOT_AN_OBJECT',
  emptyValue: 'EMPTY_VALUE',
  tombstone: 'tombstone',
  invalidUtf8: 'INVALID_UTF8',
  missingField: 'REQUIRED_MISSING',
  wrongType: 'CAST_FAILED',
  unreadableTime: 'CAST_FAILED',
  malformedId: 'RULE_FAILED',
  invalidHeader: 'INVALID_UTF8',
  testTraffic: 'failedRule',
  duplicate: 'duplicate',
};

export const readingFates: SampleFates = {
  brokenJson: 'INVALID_JSON',
  emptyValue: 'EMPTY_VALUE',
  tombstone: 'TOMBSTONE',
  invalidUtf8: 'INVALID_UTF8',
  wrongType: 'REQUIRED_MISSING',
  missingField: 'failedRule',
  unreadableTime: 'failedRule',
};

export interface SampleOutcome {
  readonly rows: number;
  readonly deadLettersByCode: Readonly<Record<string, number>>;
  readonly drops: Readonly<Record<string, number>>;
}

/** What has to come of so many records with these defects. */
export function expectedOutcome(
  fates: SampleFates,
  { records, defects }: { readonly records: number; readonly defects: Readonly<Partial<Record<SampleDefect, number>>> },
): SampleOutcome {
  const [deadLettersByCode, drops]: Record<string, number>[] = [{}, {}];
  let rows = records;
  for (const [defect, count] of Object.entries(defects) as [SampleDefect, number][]) {
    const fate = fates[defect];
    if (fate === undefined) continue;
    rows -= count;
    const counts = /^[A-Z]/.test(fate) ? deadLettersByCode! : drops!;
    counts[fate] = (counts[fate] ?? 0) + count;
  }
  return { rows, deadLettersByCode: deadLettersByCode!, drops: drops! };
}
