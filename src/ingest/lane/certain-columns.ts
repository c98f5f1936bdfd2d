import type { JobSpec } from '../../model/job/job-spec.ts';
import type { MetadataSource } from '../../model/job/metadata-source.ts';
import type { StructType } from '../../model/table/table-schema.ts';

/** What every record has. */
const certainSources: ReadonlySet<MetadataSource> = new Set<MetadataSource>([
  'topic',
  'partition',
  'offset',
  'ingestedAt',
  'ingestionDate',
  'ingestionHour',
  'job',
  'batch',
]);

/** The job's columns, with those as NOT NULL that can hold no null although a table of the job's own allows one. */
export function withCertainColumns(made: StructType, { steps }: JobSpec): StructType {
  const { metadata, scrub, normalize } = steps;
  const rewritten = new Set([...(scrub?.rules ?? []), ...(normalize?.rules ?? [])].map(({ field }) => field));
  const certain = metadata.columns.filter(({ name, source }) => certainSources.has(source) && !rewritten.has(name));
  const names = new Set(certain.map(({ name }) => name));
  return {
    ...made,
    fields: made.fields.map((field) => (names.has(field.name) ? { ...field, nullable: false } : field)),
  };
}
