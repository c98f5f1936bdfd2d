import type { Action } from '../../delta/actions.ts';
import { newTableActions } from '../../delta/new-table.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError } from '../../errors.ts';
import type { JobSpec } from '../../model/job/job-spec.ts';
import { tableSchema } from '../../transform/table-schema.ts';
import type { TableHandle } from '../connections.ts';
import { assertTableFits } from './lane-rules.ts';

/** The first actions of a table that takes what the job makes. */
export function newTableOf(spec: JobSpec): readonly Action[] {
  return newTableActions({
    schema: tableSchema(spec),
    partitionColumns: spec.table.partitionBy,
    properties: spec.table.properties,
    ...(spec.description === undefined ? {} : { description: spec.description }),
  });
}

export type TableCreation =
  { readonly kind: 'created'; readonly version: number } | { readonly kind: 'exists'; readonly version: number };

/**
 * Creates a job's table where there is none; a table that is there has to fit.
 * @throws BronzeError TABLE_SCHEMA_MISMATCH, TABLE_FEATURE_UNSUPPORTED, TABLE_CHANGED, COMMIT_STATE_UNKNOWN.
 */
export async function createTable(table: TableHandle, spec: JobSpec): Promise<TableCreation> {
  return createIfAbsent(table, {
    assertFits: (base) => assertTableFits(base, spec, table.store.root),
    actions: () => newTableOf(spec),
    target: spec.table,
  });
}

interface Creation {
  readonly assertFits: (base: TableState) => void;
  readonly actions: () => readonly Action[];
  readonly target: Pick<JobSpec['table'], 'partitionBy' | 'properties'>;
}

/** @throws BronzeError TABLE_CHANGED, COMMIT_STATE_UNKNOWN, and what `assertFits` throws. */
export async function createIfAbsent(table: TableHandle, creation: Creation): Promise<TableCreation> {
  const base = await table.refresh();
  if (base) {
    creation.assertFits(base);
    return { kind: 'exists', version: base.version };
  }
  const outcome = await table.commit({
    base,
    onTableChange: 'recheck',
    check: (latest) => (latest ? 'overtaken' : undefined),
    actions: creation.actions,
    commitInfo: {
      operation: 'CREATE TABLE',
      operationParameters: {
        partitionBy: JSON.stringify(creation.target.partitionBy),
        properties: JSON.stringify(creation.target.properties),
      },
    },
  });
  if (outcome.kind === 'committed') return { kind: 'created', version: outcome.version };
  throw new BronzeError('TABLE_CHANGED', `${table.store.root}: another writer created the table at the same time`);
}
