import type { MetadataSource } from '../../model/job/metadata-source.ts';
import { duckType, quoteIdentifier } from '../../model/pipeline/sql-text.ts';
import { comparableSql, type ExpectationInput, type ExpectedKey } from './expectation.ts';
import type { TopicRows } from './output-rows.ts';

export interface ComparedColumn extends ExpectedKey {
  /** Of the rows of the job's table, `r`. */
  readonly expectedSql: string;
}

/** Columns that the output's table has of the job's table, without its keys, and those that tell batches apart. */
export function comparedColumns(input: ExpectationInput, keys: readonly string[]): readonly ComparedColumn[] {
  const { rows, taken } = input;
  const own = new Map(rows.shape.schema.fields.map(({ name, type }) => [name, type]));
  const ofBatch = batchColumns(rows);
  return taken.shape.schema.fields.flatMap(({ name, type }) => {
    const ownType = own.get(name);
    if (ownType === undefined || ownType === 'void' || type === 'void') return [];
    if (keys.includes(name) || ofBatch.includes(name)) return [];
    const column = `r.${quoteIdentifier(name)}`;
    const cast = duckType(ownType) === duckType(type) ? column : `CAST(${column} AS ${duckType(type)})`;
    return [{ name, sql: comparableSql(name, input), expectedSql: comparableSql(name, input, cast) }];
  });
}

const sourcesOfBatch: ReadonlySet<MetadataSource> = new Set<MetadataSource>([
  'ingestedAt',
  'ingestionDate',
  'ingestionHour',
  'batch',
]);

/**
 * Columns whose value depends on the batch that a record came in. After a crash between the commits of an output and of the
 * job's table that is another one.
 */
export function batchColumns({ spec: { steps } }: Pick<TopicRows, 'spec'>): readonly string[] {
  const names = steps.metadata.columns.flatMap(({ name, source }) => (sourcesOfBatch.has(source) ? [name] : []));
  for (const { name, sql } of steps.derive.columns) if (mentions(sql, names)) names.push(name);
  return names;
}

/** Does the SQL say one of the names? A name that is part of another one counts: this only ever doubts too much. */
export function mentions(sql: string, names: readonly string[]): boolean {
  const text = sql.toLowerCase();
  return names.some((name) => text.includes(name.toLowerCase()));
}
