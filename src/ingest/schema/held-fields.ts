import { previousName } from '../../aggregate/merge-changes.ts';
import type { TableState } from '../../delta/table-state.ts';
import { pathForTopic, type JobSpec } from '../../model/job/job-spec.ts';
import type { OutputSpec } from '../../model/outputs/output-spec.ts';
import { mergeFields } from '../../model/table/schema-merge.ts';
import type { DataType, StructField } from '../../model/table/table-schema.ts';
import type { Connections } from '../connections.ts';

/**
 * The columns that are there for what records have: those of the job's table, and those that only outputs have so far,
 * which are committed before it. A batch that is planned anew may show less of a field than the one that made its column.
 */
export async function heldFields(
  connections: Connections,
  { outputs = [] }: JobSpec,
  topic: string,
  state: TableState | undefined,
): Promise<readonly StructField[]> {
  let held: readonly StructField[] = state?.schema.fields ?? [];
  for (const output of outputs) {
    if (output.kind === 'aggregate') continue;
    const table = await connections.table(pathForTopic(output.path, topic)).refresh();
    held = mergeFields(held, ofRecords(output, table?.schema.fields ?? []), { widen: false }).fields;
  }
  return held;
}

function ofRecords(output: OutputSpec, fields: readonly StructField[]): readonly StructField[] {
  const made = new Set(output.kind === 'changes' ? output.of.map(previousName) : []);
  return bare(fields.filter(({ name }) => !made.has(name)));
}

/** Ids and names in files are each table's own. */
function bare(fields: readonly StructField[]): readonly StructField[] {
  return fields.map((field) => ({ ...field, type: bareType(field.type), metadata: {} }));
}

function bareType(type: DataType): DataType {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'struct':
      return { ...type, fields: bare(type.fields) };
    case 'array':
      return { ...type, elementType: bareType(type.elementType) };
    case 'map':
      return { ...type, valueType: bareType(type.valueType) };
  }
}
