import type { CreatedTable, TablePlan } from '../create-tables.ts';
import { dataColors } from './messages.ts';
import { writeLine } from './stdout.ts';

/** `bronze table create` for people. */
export async function printCreatedTables(tables: readonly CreatedTable[]): Promise<void> {
  for (const { root, outcome } of tables) {
    const what =
      outcome.kind === 'created' ? 'created' : `there already, at version ${String(outcome.version)}, and fits`;
    await writeLine(`${root}: ${what}`);
  }
}

/** `bronze table create --dry-run` for people: nothing but comments and SQL, and the log entry as comments. */
export async function printPlannedTables(plans: readonly Omit<TablePlan, 'spec'>[]): Promise<void> {
  for (const { root, ddl, actions } of plans) {
    await writeLine(dataColors.bold(`-- ${root}`));
    await writeLine(ddl);
    await writeLine(dataColors.dim(`-- _delta_log/${'0'.repeat(20)}.json`));
    for (const action of actions) await writeLine(dataColors.dim(`-- ${JSON.stringify(action)}`));
  }
}
