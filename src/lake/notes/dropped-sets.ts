import { z } from 'zod';
import { stepDropReasons, type DroppedOffsets, type DroppedSet } from '../../model/batch/dropped-offsets.ts';
import type { ObjectStore } from '../../storage/object-store.ts';

const droppedSets: z.ZodType<readonly DroppedSet[]> = z.array(
  z.object({ partition: z.number().int().min(0), reason: z.enum(stepDropReasons), offsets: z.string() }),
);

export const droppedOffsets: z.ZodType<DroppedOffsets> = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('inline'), sets: droppedSets }),
  z.object({ kind: z.literal('listed'), path: z.string() }),
]);

export type DroppedSetsReading =
  | { readonly kind: 'sets'; readonly sets: readonly DroppedSet[] }
  | { readonly kind: 'unreadable'; readonly problem: string };

/** The sets that a commit's note holds or names. Throws STORAGE_UNAVAILABLE. */
export async function readDroppedSets(store: ObjectStore, dropped: DroppedOffsets): Promise<DroppedSetsReading> {
  if (dropped.kind === 'inline') return { kind: 'sets', sets: dropped.sets };
  const { path } = dropped;
  const bytes = await store.get(path);
  if (!bytes) return { kind: 'unreadable', problem: `${path} is not there` };
  try {
    const parsed = droppedSets.safeParse(JSON.parse(Buffer.from(bytes).toString('utf8')));
    return parsed.success
      ? { kind: 'sets', sets: parsed.data }
      : { kind: 'unreadable', problem: `${path}: ${z.prettifyError(parsed.error).replaceAll('\n', ' ')}` };
  } catch {
    return { kind: 'unreadable', problem: `${path} is no JSON` };
  }
}
