import { BronzeError } from '../errors.ts';
import { jobTables } from '../lake/job-tables.ts';
import { findTable } from '../lake/table/open-table.ts';
import { loadJobSpec, type JobFlags } from './load-job-spec.ts';
import type { NamedTable } from './output/print-tail.ts';

export interface Tailed {
  readonly isJob: boolean;
  /** As they are now: a job makes its tables when it starts, and further ones when a pattern matches further topics. */
  readonly tables: () => Promise<readonly NamedTable[]>;
}

/**
 * What a person wants to see the rows of: a table of the lake, a path, or all tables of a job.
 * @throws BronzeError `TABLE_NOT_FOUND`; `SPEC_INVALID` for a job that is not in order.
 */
export async function findTailed(name: string, flags: JobFlags & { readonly lake: string }): Promise<Tailed> {
  try {
    const table = await findTable(name, flags.lake);
    return { isJob: false, tables: () => Promise.resolve([table]) };
  } catch (tableError) {
    const spec = await loadJobSpec(name, flags).catch((error: unknown) => {
      const isJob = error instanceof BronzeError && error.code === 'SPEC_INVALID';
      throw isJob ? error : tableError;
    });
    return { isJob: true, tables: async () => named(await jobTables(spec)) };
  }
}

/** By the last part of the path, where that is enough to tell them apart. */
function named<T extends { readonly root: string }>(tables: readonly T[]): (T & NamedTable)[] {
  const names = Map.groupBy(tables, ({ root }) => lastPart(root));
  return tables.map((table) => {
    const name = lastPart(table.root);
    return { ...table, name: names.get(name)?.length === 1 ? name : table.root };
  });
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
