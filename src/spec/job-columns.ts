import { metadataTypes } from '../model/job-spec.ts';
import type { DataType } from '../model/table-schema.ts';
import type { DocumentPath } from './document-path.ts';
import type { JobYaml } from './job-yaml.ts';

export interface JobColumn {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  /** Where the job's document makes it. */
  readonly path: DocumentPath;
}

/** The columns of the table, in their order: parse, metadata, derive. */
export function jobColumns(steps: JobYaml['steps']): readonly JobColumn[] {
  const schema = steps.parse.format === 'json' ? steps.parse.schema : [];
  return [
    ...schema.map(({ name, type, nullable }) => ({ name, type, nullable, path: ['steps', 'parse', 'schema', name] })),
    ...Object.entries(steps.metadata).map(([name, source]) => ({
      name,
      type: metadataTypes[source],
      nullable: true,
      path: ['steps', 'metadata', name],
    })),
    ...Object.entries(steps.derive).map(([name, { type }]) => ({
      name,
      type,
      nullable: true,
      path: ['steps', 'derive', name],
    })),
  ];
}
