import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openTableIfExists } from '../lake/table/open-table.ts';
import {
  noReplayCounts,
  replayedShare,
  totalOf,
  type ReplayCounts,
  type ReplayedShare,
} from '../model/requests/replay-requests.ts';
import { assertCondition } from './condition.ts';
import { decideChunk } from './decide-chunk.ts';
import { deadLetterTables, noDeadLetters, withSelection, type PlanInput } from './plan-replay.ts';
import { ChunkReader } from './read-chunk.ts';
import { tryLetters } from './try-letters.ts';

/** What a replay would come to. Nothing is sent, and nothing written down. Throws as `planReplay`. */
export async function tryReplay(
  input: Omit<PlanInput, 'replayId' | 'workflowId'>,
  signal: AbortSignal,
  onProgress: (share: number) => void,
): Promise<readonly ReplayedShare[]> {
  const { spec, choice } = input;
  await mkdir(input.scratchFolder, { recursive: true });
  if (choice.where !== undefined) await assertCondition(choice.where, join(input.scratchFolder, 'condition'));
  const shares: ReplayedShare[] = [];
  for (const [root, topics] of await deadLetterTables(spec, choice)) {
    const table = await openTableIfExists(root);
    if (!table) continue;
    const share = await withSelection(input, table, topics, async ({ session, selected }) => {
      const { chunks, ...selection } = selected;
      const reader = await ChunkReader.open(session, table, spec.name);
      let counts: ReplayCounts = noReplayCounts;
      let chunk = 0;
      for (; chunk < chunks && totalOf(counts.sent) < (choice.limit ?? Number.POSITIVE_INFINITY); chunk += 1) {
        const read = await reader.read(chunk);
        const fates = choice.all === true ? [] : await tryLetters(spec, read, Date.now(), signal);
        ({ counts } = decideChunk(read, fates, { before: counts, limit: choice.limit }));
        onProgress((chunk + 1) / chunks);
      }
      const progress = { doneChunks: chunk, isDone: true, counts };
      return replayedShare({ table: root, replayId: '', chunks, choice: selection }, progress);
    });
    shares.push(share);
  }
  if (shares.length === 0) throw noDeadLetters(spec);
  return shares;
}
