import type { ReplayDecision, ReplayedSet } from '../lake/replay-files.ts';
import { OffsetRunWriter, readOffsetRuns } from '../model/batch/dropped-offsets.ts';
import { totalOf, type ReplayCounts } from '../model/requests/replay-requests.ts';
import type { Chunk, ChosenLetter } from './read-chunk.ts';
import type { Fate } from './try-letters.ts';

export interface ChunkDecision {
  readonly letters: readonly ChosenLetter[];
  /** Of this chunk and all before it. */
  readonly counts: ReplayCounts;
}

/** Which dead letters of a chunk are sent, after `before`: those that would be rows, up to the limit. */
export function decideChunk(
  { letters }: Chunk,
  fates: readonly Fate[],
  { before, limit }: { readonly before: ReplayCounts; readonly limit: number | undefined },
): ChunkDecision {
  const sent = new Map(Object.entries(before.sent));
  const kept = new Map(Object.entries(before.kept));
  let { dropped } = before;
  let room = limit === undefined ? Number.POSITIVE_INFINITY : limit - totalOf(before.sent);
  const chosen: ChosenLetter[] = [];
  for (const [index, letter] of letters.entries()) {
    const fate = fates[index] ?? { kind: 'row' };
    // What comes after the last one that is sent is beyond the limit, whatever it would be.
    if (room === 0) break;
    switch (fate.kind) {
      case 'row':
        chosen.push(letter);
        sent.set(letter.code, (sent.get(letter.code) ?? 0) + 1);
        room -= 1;
        break;
      case 'deadLetter':
        kept.set(fate.code, (kept.get(fate.code) ?? 0) + 1);
        break;
      case 'dropped':
        dropped += 1;
        break;
    }
  }
  return { letters: chosen, counts: { sent: Object.fromEntries(sent), kept: Object.fromEntries(kept), dropped } };
}

/** The dead letters as a decision names them; they are in order of topic partition and offset. */
export function replayedSets(letters: readonly ChosenLetter[]): ReplayedSet[] {
  const byBatch = Map.groupBy(letters, ({ partition, batch }) => `${partition}/${batch}`);
  return [...byBatch.values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const runs = new OffsetRunWriter();
    for (const { offset } of own) runs.add({ startOffset: offset, length: 1n });
    return [{ partition: first.partition, batch: first.batch, offsets: runs.toString() }];
  });
}

/** Those of the chunk that an earlier attempt decided to send. */
export function decidedLetters({ letters }: Chunk, { sent }: ReplayDecision): readonly ChosenLetter[] {
  const offsets = new Map(
    sent.map(({ partition, batch, offsets: text }) => [`${partition}/${batch}`, [...readOffsetRuns(text)]]),
  );
  return letters.filter(({ partition, batch, offset }) =>
    offsets
      .get(`${partition}/${batch}`)
      ?.some(({ startOffset, length }) => startOffset <= offset && offset < startOffset + length),
  );
}
