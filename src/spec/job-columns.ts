import { metadataTypes } from '../model/job-spec.ts';
import { normalizedType } from '../model/normalize-rule.ts';
import { validationTypes } from '../model/validation-rule.ts';
import type { DataType } from '../model/table-schema.ts';
import { buildNormalizeRules, buildValidate } from './build-rules.ts';
import type { DocumentPath } from './document-path.ts';
import type { JobYaml } from './job-yaml.ts';

export interface JobColumn {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  /** Where the job's document makes it. */
  readonly path: DocumentPath;
}

/** The columns of the table, in their order. */
export function jobColumns(steps: JobYaml['steps']): readonly JobColumn[] {
  const rules = buildNormalizeRules(steps.normalize ?? {});
  return [
    ...recordColumns(steps).map((column) => {
      const rule = rules.find(({ field }) => field === column.name);
      return rule === undefined ? column : { ...column, type: normalizedType(column.type, rule) };
    }),
    ...(steps.validate === undefined ? [] : buildValidate(steps.validate).columns).map(({ name, content }) => ({
      name,
      type: validationTypes[content],
      nullable: true,
      path: ['steps', 'validate', 'columns', name],
    })),
    ...Object.entries(steps.derive).map(([name, { type }]) => ({
      name,
      type,
      nullable: true,
      path: ['steps', 'derive', name],
    })),
  ];
}

/** Are the columns known from the job alone? Those of a schema elsewhere are looked at when it is pinned. */
export function hasKnownColumns({ parse }: JobYaml['steps']): boolean {
  return parse.format === 'raw' || parse.schema !== undefined;
}

/** The columns that parse and metadata make. */
export function recordColumns(steps: JobYaml['steps']): readonly JobColumn[] {
  const schema = steps.parse.format === 'raw' ? [] : (steps.parse.schema ?? []);
  return [
    ...schema.map(({ name, type, nullable }) => ({ name, type, nullable, path: ['steps', 'parse', 'schema', name] })),
    ...Object.entries(steps.metadata).map(([name, source]) => ({
      name,
      type: metadataTypes[source],
      nullable: true,
      path: ['steps', 'metadata', name],
    })),
  ];
}
