import { extraFieldsColumn } from '../../model/job/job-spec.ts';
import { metadataType } from '../../model/job/metadata-source.ts';
import { normalizedType } from '../../model/job/normalize-rule.ts';
import { validationTypes } from '../../model/job/validation-rule.ts';
import { scrubbedType } from '../../model/job/scrub-rule.ts';
import type { DataType } from '../../model/table/table-schema.ts';
import { buildRuleSteps } from './build-rules.ts';
import type { DocumentPath } from '../document/document-path.ts';
import { keyColumns } from '../yaml/key-yaml.ts';
import type { JobYaml } from '../yaml/job-yaml.ts';

export interface JobColumn {
  readonly name: string;
  readonly type: DataType;
  readonly nullable: boolean;
  /** Where the job's document makes it. */
  readonly path: DocumentPath;
}

/** The columns of the table, in their order. */
export function jobColumns(steps: JobYaml['steps']): readonly JobColumn[] {
  const { validate, scrub, normalize } = buildRuleSteps(steps);
  const added = (name: string, type: DataType, path: DocumentPath): JobColumn => ({ name, type, nullable: true, path });
  return [
    ...recordColumns(steps).map((column) => {
      const scrubRule = scrub?.rules.find(({ field }) => field === column.name);
      const normalizeRule = normalize?.rules.find(({ field }) => field === column.name);
      const stored = scrubRule === undefined ? column.type : scrubbedType(column.type, scrubRule);
      return { ...column, type: normalizeRule === undefined ? stored : normalizedType(stored, normalizeRule) };
    }),
    ...(validate?.columns ?? []).map(({ name, content }) =>
      added(name, validationTypes[content], ['steps', 'validate', 'columns', name]),
    ),
    ...(scrub === undefined ? [] : [added(scrub.flagColumn, 'boolean', ['steps', 'scrub', 'flagColumn'])]),
    ...Object.entries(steps.derive).map(([name, { type }]) => added(name, type, ['steps', 'derive', name])),
  ];
}

/** Are the columns known from the job alone? Those of a schema elsewhere are looked at when it is pinned. */
export function hasKnownColumns({ parse }: JobYaml['steps']): boolean {
  const isValueKnown = parse.format === 'raw' || parse.schema !== undefined;
  return isValueKnown && (parse.key === undefined || keyColumns(parse.key) !== undefined);
}

/** Does the table get no further columns while the job runs? */
export function makesAllColumns({ parse }: JobYaml['steps']): boolean {
  return parse.format !== 'json' || parse.extraFields !== 'addColumns';
}

/** The columns that parse, with the key, and metadata make. */
export function recordColumns(steps: JobYaml['steps']): readonly JobColumn[] {
  const schema = steps.parse.format === 'raw' ? [] : (steps.parse.schema ?? []);
  return [
    ...schema.map(({ name, type, nullable }) => ({ name, type, nullable, path: ['steps', 'parse', 'schema', name] })),
    ...extraColumns(steps.parse),
    ...(steps.parse.key === undefined ? [] : (keyColumns(steps.parse.key) ?? [])).map((column) => ({
      ...column,
      nullable: true,
    })),
    ...Object.entries(steps.metadata).map(([name, source]) => ({
      name,
      type: metadataType(source),
      nullable: true,
      path: ['steps', 'metadata', name],
    })),
  ];
}

function extraColumns(parse: JobYaml['steps']['parse']): readonly JobColumn[] {
  if (parse.format !== 'json' || parse.extraFields !== 'keep') return [];
  return [{ name: extraFieldsColumn, type: 'string', nullable: true, path: ['steps', 'parse', 'extraFields'] }];
}
