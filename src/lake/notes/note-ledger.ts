import { z } from 'zod';
import { BronzeError } from '../../errors.ts';
import type { ObjectStore } from '../../storage/object-store.ts';

/** A folder may hold one table after the other, and what was said of the one proves nothing of the other. */
export interface LedgerPlace {
  readonly store: ObjectStore;
  /** `metaData.id`. */
  readonly tableId: string;
}

function folderOf({ tableId }: LedgerPlace): string {
  return `_ledger/${encodeURIComponent(tableId)}/`;
}

/**
 * What commits of ours said of themselves before log clean-up removed their entries: the notes of the versions
 * [startVersion, endVersion). Delta's readers and VACUUM pass over the folder.
 */
export interface LedgerPage {
  readonly startVersion: number;
  readonly endVersion: number;
  readonly notes: readonly LedgerNote[];
}

export interface LedgerNote {
  /** Of the commit; of the last one where several batches were joined. */
  readonly version: number;
  /** `commitInfo.kafkaBronze`, as it was. */
  readonly note: unknown;
}

const ledgerPage: z.ZodType<LedgerPage> = z.object({
  startVersion: z.int().nonnegative(),
  endVersion: z.int().nonnegative(),
  notes: z.array(z.object({ version: z.int().nonnegative(), note: z.unknown() })),
});

/** The pages there are, in order. @throws BronzeError `TABLE_CORRUPT` for one that is not what was written. */
export async function readLedgerPages(place: LedgerPlace): Promise<readonly LedgerPage[]> {
  const { store } = place;
  const pages: LedgerPage[] = [];
  for await (const { path } of store.list(folderOf(place))) {
    const bytes = await store.get(path);
    if (bytes) pages.push(parsePage(bytes, `${store.root}/${path}`));
  }
  return pages;
}

/**
 * Adds a page, unless there is one that begins with the same version: then that one counts.
 * @throws BronzeError `STORAGE_UNAVAILABLE` where it may or may not be there.
 */
export async function writeLedgerPage(place: LedgerPlace, page: LedgerPage): Promise<LedgerPage> {
  const { store } = place;
  const path = `${folderOf(place)}${String(page.startVersion).padStart(20, '0')}.json`;
  const put = await store.putIfAbsent(path, Buffer.from(JSON.stringify(page)));
  if (put.kind === 'created') return page;
  const found = await store.get(path);
  if (found) return parsePage(found, `${store.root}/${path}`);
  throw new BronzeError('STORAGE_UNAVAILABLE', `writing ${store.root}/${path} had no clear outcome`);
}

function parsePage(bytes: Uint8Array, place: string): LedgerPage {
  try {
    return ledgerPage.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (cause) {
    throw new BronzeError('TABLE_CORRUPT', `${place} is no page of the ledger`, { cause });
  }
}
