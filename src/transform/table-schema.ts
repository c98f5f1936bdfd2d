import { BronzeError } from '../errors.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import { hiddenPrefix, sourceRejections, type NamedRejection, type StepPlan } from '../model/pipeline/pipeline-step.ts';
import { decimalParts, isDecimal } from '../model/pipeline/sql-text.ts';
import {
  nullableField,
  unusableName,
  type DataType,
  type StructField,
  type StructType,
} from '../model/table/table-schema.ts';
import { keepsIncompleteRows } from './malformed.ts';
import { pipelineSteps } from './pipeline-steps.ts';

export interface PlannedStep extends StepPlan {
  readonly name: string;
  /** Columns of the table before this step. */
  readonly columnsBefore: readonly StructField[];
  /** Position of the step's first rejection among those of the pipeline. */
  readonly firstRejection: number;
  /** The same among the drops. */
  readonly firstDrop: number;
}

/** The steps that the job asks for, each planned over what those before it made. */
export function planSteps(spec: JobSpec): PlannedStep[] {
  const planned: PlannedStep[] = [];
  const rejections: NamedRejection[] = [...sourceRejections];
  let columns: readonly StructField[] = [];
  let dropCount = 0;
  for (const step of pipelineSteps) {
    const plan = step.plan(spec, { columns, rejections });
    if (!plan) continue;
    planned.push({
      ...plan,
      name: step.name,
      columnsBefore: columns,
      firstRejection: rejections.length,
      firstDrop: dropCount,
    });
    rejections.push(...plan.rejections.map(({ code }) => ({ step: step.name, code })));
    dropCount += plan.drops?.length ?? 0;
    columns = plan.columns;
  }
  return planned;
}

/** The columns of the job's table. Pure. Throws PIPELINE_INVALID for names and types that no table can hold. */
export function tableSchema(spec: JobSpec): StructType {
  const columns = planSteps(spec).at(-1)?.columns ?? [];
  checkFields(spec, columns, 'the table');
  checkPartitionColumns(spec, columns);
  const incomplete = keepsIncompleteRows(spec);
  return { type: 'struct', fields: incomplete ? columns.map(nullableField) : columns };
}

function checkFields(spec: JobSpec, fields: readonly StructField[], where: string): void {
  if (fields.length === 0) throw invalid(spec, `${where} has no columns`);
  const seen = new Map<string, string>();
  for (const { name, type } of fields) {
    if (name === '') throw invalid(spec, `${where} has a column without a name`);
    if (name === unusableName)
      throw invalid(spec, `${where} has a column named ${unusableName}, which cannot be a name`);
    if (name.includes('\0')) throw invalid(spec, `${where} has a column whose name holds a NUL character`);
    if (name.toLowerCase().startsWith(hiddenPrefix)) {
      throw invalid(spec, `column "${name}": names that begin with ${hiddenPrefix} are taken by the pipeline`);
    }
    const twin = seen.get(name.toLowerCase());
    if (twin !== undefined) {
      throw invalid(spec, `${where} has the columns "${twin}" and "${name}": names must differ in more than case`);
    }
    seen.set(name.toLowerCase(), name);
    checkType(spec, type, `"${name}"`);
  }
}

function checkType(spec: JobSpec, type: DataType, where: string): void {
  if (isDecimal(type)) {
    const { precision, scale } = decimalParts(type);
    if (precision < 1 || precision > 38 || scale > precision) {
      throw invalid(spec, `column ${where}: ${type} does not exist; the precision is 1 to 38, the scale at most that`);
    }
  } else if (typeof type !== 'string') {
    switch (type.type) {
      case 'struct':
        checkFields(spec, type.fields, where);
        return;
      case 'array':
        checkType(spec, type.elementType, where);
        return;
      case 'map':
        if (type.keyType !== 'string') throw invalid(spec, `column ${where}: keys of a map can only be strings`);
        checkType(spec, type.valueType, where);
    }
  }
}

function checkPartitionColumns(spec: JobSpec, columns: readonly StructField[]): void {
  const { partitionBy } = spec.table;
  for (const name of partitionBy) {
    const column = columns.find((candidate) => candidate.name === name);
    if (!column) throw invalid(spec, `partitionBy names "${name}", which is not a column of the table`);
    if (typeof column.type !== 'string' || column.type === 'binary') {
      throw invalid(spec, `partitionBy names "${name}": a table cannot be partitioned by a ${typeName(column.type)}`);
    }
  }
  if (new Set(partitionBy).size < partitionBy.length) throw invalid(spec, 'partitionBy names a column twice');
  if (partitionBy.length === columns.length) throw invalid(spec, 'partitionBy leaves no column for the files');
}

function typeName(type: DataType): string {
  return typeof type === 'string' ? `${type} column` : type.type;
}

function invalid(spec: JobSpec, problem: string): BronzeError {
  return new BronzeError('PIPELINE_INVALID', `job ${spec.name}: ${problem}`);
}
