import { readParquetRows } from '../lake/table-log.ts';
import { BronzeError } from '../errors.ts';
import type { Action } from '../delta/actions.ts';
import { Connections } from '../ingest/connections.ts';
import { createTable, newTableOf, type TableCreation } from '../ingest/create-table.ts';
import { createTableDdl } from '../lake/table-ddl.ts';
import { pathForTopic, type JobSpec } from '../model/job-spec.ts';
import { tableSchema } from '../transform/table-schema.ts';

/** A table that a job writes to, as it would be created. */
export interface TablePlan {
  readonly spec: JobSpec;
  readonly root: string;
  /** In the SQL of Spark. */
  readonly ddl: string;
  readonly actions: readonly Action[];
}

export interface CreatedTable {
  readonly root: string;
  readonly outcome: TableCreation;
}

/** @throws BronzeError `USAGE` where topics must be named; PIPELINE_INVALID, TABLE_SCHEMA_MISMATCH. */
export function planTables(spec: JobSpec, topics: readonly string[] | undefined): readonly TablePlan[] {
  const roots = new Set(topicsOf(spec, topics).map((topic) => pathForTopic(spec.table.path, topic)));
  return [...roots].map((root) => ({
    spec,
    root,
    ddl: createTableDdl({
      name: root.split('/').at(-1) ?? root,
      root,
      schema: tableSchema(spec),
      partitionColumns: spec.table.partitionBy,
      properties: spec.table.properties,
      description: spec.description,
    }),
    actions: newTableOf(spec),
  }));
}

export async function createTables(plans: readonly TablePlan[]): Promise<readonly CreatedTable[]> {
  const connections = new Connections({ env: process.env, readParquetRows });
  const created: CreatedTable[] = [];
  for (const { spec, root } of plans) {
    created.push({ root, outcome: await createTable(connections.table(root), spec) });
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
