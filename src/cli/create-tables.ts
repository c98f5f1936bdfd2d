import { readParquetRows } from '../lake/table/table-log.ts';
import { BronzeError } from '../errors.ts';
import type { Action } from '../delta/actions.ts';
import { Connections } from '../ingest/connections.ts';
import { createTable, newTableOf, type TableCreation } from '../ingest/lane/create-table.ts';
import { compileOutputs, type NamedOutput } from '../ingest/outputs/compile-output.ts';
import { createOutputTable, newOutputTable } from '../ingest/outputs/output-table.ts';
import { createTableDdl } from '../lake/table/table-ddl.ts';
import { pathForTopic, type JobSpec } from '../model/job/job-spec.ts';
import type { StructType } from '../model/table/table-schema.ts';
import { tableSchema } from '../transform/table-schema.ts';

/** A table that a job writes to, as it would be created. */
export interface TablePlan {
  readonly spec: JobSpec;
  readonly root: string;
  /** In the SQL of Spark. */
  readonly ddl: string;
  readonly actions: readonly Action[];
  /** Absent for the table of the job's rows. */
  readonly output?: NamedOutput | undefined;
}

export interface CreatedTable {
  readonly root: string;
  readonly outcome: TableCreation;
}

/** @throws BronzeError `USAGE` where topics must be named; PIPELINE_INVALID, TABLE_SCHEMA_MISMATCH. */
export function planTables(spec: JobSpec, topics: readonly string[] | undefined): readonly TablePlan[] {
  const wanted = topicsOf(spec, topics);
  const tables = [{ target: spec.table, schema: tableSchema(spec), actions: newTableOf(spec) }, ...outputTables(spec)];
  return tables.flatMap(({ target, schema, actions, output }: PlannedTable) =>
    [...new Set(wanted.map((topic) => pathForTopic(target.path, topic)))].map((root) => ({
      ...{ spec, root, actions, output },
      ddl: createTableDdl({
        ...{ name: root.split('/').at(-1) ?? root, root, schema, properties: target.properties },
        partitionColumns: target.partitionBy,
        description: spec.description,
      }),
    })),
  );
}

interface PlannedTable extends Pick<TablePlan, 'actions' | 'output'> {
  readonly target: Pick<JobSpec['table'], 'path' | 'partitionBy' | 'properties'>;
  readonly schema: StructType;
}

function outputTables(spec: JobSpec): readonly PlannedTable[] {
  return compileOutputs(spec).map((named) => ({
    target: named.output,
    schema: named.compiled.schema,
    actions: newOutputTable(named),
    output: named,
  }));
}

export async function createTables(plans: readonly TablePlan[]): Promise<readonly CreatedTable[]> {
  const connections = new Connections({ env: process.env, readParquetRows });
  const created: CreatedTable[] = [];
  for (const { spec, root, output } of plans) {
    const table = connections.table(root);
    created.push({ root, outcome: await (output ? createOutputTable(table, output) : createTable(table, spec)) });
  }
  return created;
}

function topicsOf({ name, source }: JobSpec, wanted: readonly string[] | undefined): readonly string[] {
  if (source.topics.kind === 'pattern') {
    if (wanted !== undefined) return wanted;
    throw new BronzeError(
      'USAGE',
      `the job ${name} reads the topics that match ${source.topics.pattern}: name some with --topic`,
    );
  }
  const { topics } = source.topics;
  const unknown = wanted?.find((topic) => !topics.includes(topic));
  if (unknown !== undefined) {
    throw new BronzeError('USAGE', `the job ${name} does not read the topic ${unknown}; it reads ${topics.join(', ')}`);
  }
  return wanted ?? topics;
}
