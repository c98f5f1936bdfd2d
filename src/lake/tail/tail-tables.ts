import { BronzeError } from '../../errors.ts';
import { TableFollower } from './follow-table.ts';
import { newestRows } from './newest-rows.ts';
import { openTable, openTableIfExists } from '../table/open-table.ts';
import type { TailBlock, TailOptions } from './tail-block.ts';

export interface TailedTable {
  readonly root: string;
  /** The columns by which a row is known again when a commit replaces it. */
  readonly key?: readonly string[];
}

export type TailEvent<T extends TailedTable> = { readonly table: T } & (
  | { readonly kind: 'newest' | 'commit'; readonly block: TailBlock }
  | { readonly kind: 'gap'; readonly afterVersion: number; readonly toVersion: number }
  /** The condition does not fit the table, of several that it may fit. */
  | { readonly kind: 'passedOver'; readonly reason: string }
);

export interface TailRequest<T extends TailedTable> extends TailOptions {
  /** Asked at every look, because tables may be made while we watch. */
  readonly tables: () => Promise<readonly T[]>;
  /** Says whether to look again. */
  readonly wait: () => Promise<boolean>;
}

/**
 * The newest rows of each table, then those that each commit adds, changes and takes away.
 * @throws BronzeError `USAGE` where the condition fits none of the tables.
 */
export async function* tailTables<T extends TailedTable>(request: TailRequest<T>): AsyncGenerator<TailEvent<T>> {
  const followers = new Map<string, TableFollower>();
  const passedOver = new Set<string>();
  let isFirstLook = true;
  do {
    const tables = await request.tables();
    for (const table of tables) {
      if (passedOver.has(table.root)) continue;
      const options = { ...request, ...(table.key && { key: table.key }) };
      try {
        const follower = followers.get(table.root);
        if (follower) yield* commitsOf(table, follower, options);
        else {
          const begun = await begin(table.root, options, isFirstLook);
          if (begun) followers.set(table.root, begun.follower);
          if (begun?.block) yield { table, kind: 'newest', block: begun.block };
        }
      } catch (error) {
        const isWrongCondition = error instanceof BronzeError && error.code === 'USAGE';
        passedOver.add(table.root);
        if (!isWrongCondition || passedOver.size === tables.length) throw error;
        yield { table, kind: 'passedOver', reason: error.message };
      }
    }
    isFirstLook = false;
  } while (await request.wait());
}

async function* commitsOf<T extends TailedTable>(
  table: T,
  follower: TableFollower,
  options: TailOptions,
): AsyncGenerator<TailEvent<T>> {
  for await (const followed of follower.read(options)) {
    if (followed.kind === 'rows') yield { table, kind: 'commit', block: followed.block };
    else yield { ...followed, table };
  }
}

interface Beginning {
  readonly follower: TableFollower;
  readonly block?: TailBlock;
}

/** A table that is made while we watch is followed from its first version on. */
async function begin(root: string, options: TailOptions, isFirstLook: boolean): Promise<Beginning | undefined> {
  const table = await openTableIfExists(root);
  if (!table) return undefined;
  if (isFirstLook) return { follower: new TableFollower(table), block: await newestRows(table, options) };
  return { follower: new TableFollower(await openTable(table, { kind: 'version', version: 0 })) };
}
