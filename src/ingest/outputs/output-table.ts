import type { Action } from '../../delta/actions.ts';
import { newTableActions } from '../../delta/new-table.ts';
import type { TableState } from '../../delta/table-state.ts';
import { BronzeError } from '../../errors.ts';
import type { TableHandle } from '../connections.ts';
import { createIfAbsent, type TableCreation } from '../lane/create-table.ts';
import type { NamedOutput } from './compile-output.ts';
import { fitOutput } from './fit-output.ts';
import { headFeature } from './output-head.ts';

/** The first actions of an output's table. */
export function newOutputTable({ output, compiled }: NamedOutput): readonly Action[] {
  return newTableActions({
    schema: compiled.schema,
    partitionColumns: output.partitionBy,
    properties: output.properties,
    writerFeatures: [headFeature],
  });
}

/** @throws BronzeError TABLE_SCHEMA_MISMATCH where the table does not take what the output makes. */
export function assertOutputFits(state: TableState, { output, compiled }: NamedOutput, root: string): void {
  const fit = fitOutput(state, compiled.schema);
  const problems = fit.kind === 'mismatch' ? [...fit.problems] : [];
  const [wanted, actual] = [output.partitionBy.join(', '), state.partitionColumns.join(', ')];
  if (wanted !== actual) problems.push(`the output partitions by (${wanted}), the table by (${actual})`);
  if (problems.length > 0) throw new BronzeError('TABLE_SCHEMA_MISMATCH', `${root}: ${problems.join('; ')}`);
}

/** Creates the table of an output where there is none; one that is there has to fit. */
export function createOutputTable(table: TableHandle, named: NamedOutput): Promise<TableCreation> {
  return createIfAbsent(table, {
    assertFits: (state) => assertOutputFits(state, named, table.store.root),
    actions: () => newOutputTable(named),
    target: named.output,
  });
}
