import { readCommitNote } from '../lake/notes/commit-note-schema.ts';
import type { LedgerNote } from '../lake/notes/note-ledger.ts';
import { addDrops, type RangeCounts } from '../model/batch/batch.ts';
import type { BatchNote } from '../model/table/commit-note.ts';
import { addRuleFailures, hasRuleFailures } from '../model/batch/rule-failures.ts';

/**
 * Joins the notes of batches of one lane that follow one another, with nothing else of the lane in between: what they
 * cover and count together stays provable. The joined note stands at the version of the last of them.
 */
export function joinBatchNotes(notes: readonly LedgerNote[]): readonly LedgerNote[] {
  const joined: LedgerNote[] = [];
  /** Of each lane, the place of its newest note in `joined`, as long as that is one of a batch. */
  const open = new Map<string, { readonly at: number; readonly note: BatchNote }>();
  for (const { version, note: value } of notes) {
    const reading = readCommitNote(value);
    if (reading.kind !== 'note') {
      // It may be of any lane.
      open.clear();
      joined.push({ version, note: value });
      continue;
    }
    const { note } = reading;
    const lane = `${note.job}/${note.topic}`;
    const before = open.get(lane);
    open.delete(lane);
    const both = before && note.kind === 'batch' ? joinTwo(before.note, note) : undefined;
    const at = both && before ? before.at : joined.length;
    joined[at] = { version, note: both ?? note };
    if (note.kind === 'batch') open.set(lane, { at, note: both ?? note });
  }
  return joined;
}

/** `undefined` where the second does not go on where the first ends. */
function joinTwo(first: BatchNote, second: BatchNote): BatchNote | undefined {
  if (first.topicId !== second.topicId || first.epoch !== second.epoch) return undefined;
  const ranges = new Map(first.ranges.map((range) => [range.partition, range]));
  for (const range of second.ranges) {
    const before = ranges.get(range.partition);
    if (before && before.endOffset !== range.startOffset) return undefined;
    ranges.set(range.partition, before ? joinRanges(before, range) : range);
  }
  const dropped = [...(first.dropped ?? []), ...(second.dropped ?? [])];
  const { dropped: _dropped, ruleFailures: _failures, ...rest } = second;
  const ruleFailures = addRuleFailures(first.ruleFailures ?? {}, second.ruleFailures ?? {});
  return {
    ...rest,
    ranges: [...ranges.values()],
    ...(dropped.length === 0 ? {} : { dropped }),
    ...(hasRuleFailures(ruleFailures) ? { ruleFailures } : {}),
  };
}

function joinRanges(first: RangeCounts, second: RangeCounts): RangeCounts {
  return {
    ...second,
    startOffset: first.startOffset,
    rows: first.rows + second.rows,
    deadLetters: first.deadLetters + second.deadLetters,
    drops: addDrops(first.drops, second.drops),
  };
}
