import { z } from 'zod';
import type { CommitNote } from '../../model/table/commit-note.ts';
import { ruleActions } from '../../model/job/validation-rule.ts';
import type { Offset } from '../../model/batch/offset-range.ts';
import { droppedOffsets } from './dropped-sets.ts';

const offset = z.templateLiteral([z.bigint()]) as z.ZodType<Offset>;
const partition = z.number().int().min(0);
const count = z.number().int().min(0);
const microseconds = z.string().regex(/^-?\d+$/);
const origin = { job: z.string(), topic: z.string(), topicId: z.string(), epoch: z.number().int() };

const rangeCounts = z.object({
  partition,
  startOffset: offset,
  endOffset: offset,
  rows: count,
  deadLetters: count,
  drops: z.record(z.string(), count),
});

const commitNote: z.ZodType = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('laneOpened'),
    ...origin,
    starts: z.array(z.object({ partition, offset })),
    opener: z.string().optional(),
    resetId: z.string().optional(),
  }),
  z.object({ kind: z.literal('deadLettersClaimed'), ...origin }),
  z.object({
    kind: z.literal('batch'),
    ...origin,
    batch: z.number().int(),
    ranges: z.array(rangeCounts),
    dropped: z.array(droppedOffsets).optional(),
    ruleFailures: z.partialRecord(z.enum(ruleActions), z.record(z.string(), count)).optional(),
  }),
  z.object({
    kind: z.literal('outputBatch'),
    ...origin,
    output: z.string(),
    batch: z.number().int(),
    ranges: z.array(z.object({ partition, startOffset: offset, endOffset: offset })),
    counts: z.object({
      taken: count,
      late: count,
      nullEventTime: count,
      nullKey: count,
      aheadOfTime: count.optional(),
    }),
    lateness: z
      .object({
        delayMs: count,
        maxAheadMs: count.optional(),
        closedThroughUs: microseconds.optional(),
        late: z.literal('deadLetter').optional(),
      })
      .optional(),
    deleteWhen: z.string().optional(),
    rows: count,
    removedRows: count,
    open: count,
    closedThrough: z.string().optional(),
  }),
  z.object({
    kind: z.literal('lateRecords'),
    ...origin,
    output: z.string(),
    batch: z.number().int(),
    ranges: z.array(z.object({ partition, startOffset: offset, endOffset: offset })),
    records: count,
  }),
  z.object({
    kind: z.literal('reset'),
    ...origin,
    rows: z.enum(['keep', 'discard']),
    moves: z.array(z.object({ partition, from: offset, to: offset })),
    resetId: z.string().optional(),
    cause: z.literal('logEndsBefore').optional(),
  }),
]);

/** What `commitInfo.kafkaBronze` says; `unreadable` is neither absent nor a note that this version knows. */
export type NoteReading =
  | { readonly kind: 'none' }
  | { readonly kind: 'note'; readonly note: CommitNote }
  | { readonly kind: 'unreadable'; readonly problem: string };

export function readCommitNote(value: unknown): NoteReading {
  if (value === undefined || value === null) return { kind: 'none' };
  const parsed = commitNote.safeParse(value);
  if (!parsed.success) return { kind: 'unreadable', problem: z.prettifyError(parsed.error).replaceAll('\n', ' ') };
  // The schema above checks every field that `CommitNote` declares.
  return { kind: 'note', note: value as CommitNote };
}
