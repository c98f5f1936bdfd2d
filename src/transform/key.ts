import { planJson } from '../decode/json.ts';
import { BronzeError } from '../errors.ts';
import { isBinaryFormat } from '../model/job/binary-parse.ts';
import { serializedTypes, type KeyParse } from '../model/job/key-step.ts';
import { hidden, hiddenPrefix, type PipelineStep, type StepPlan } from '../model/pipeline/pipeline-step.ts';
import { quoteIdentifier, quoteLiteral } from '../model/pipeline/sql-text.ts';
import { nullableField, struct, field, type DataType, type StructField } from '../model/table/table-schema.ts';

const prefix = `${hiddenPrefix}key_`;
const wrapped = `${prefix}wrapped`;

/**
 * The key to columns. A decoder has made JSON of it before any SQL runs, and its fields are read as those of a value. A
 * key that becomes one column is put into an object first, as that column's field.
 */
export const keyStep: PipelineStep = {
  name: 'key',
  plan({ name: job, steps: { key } }, { columns }) {
    if (key === undefined) return undefined;
    const whole = key.columns.kind === 'whole' ? key.columns.column : undefined;
    const schema =
      key.columns.kind === 'whole'
        ? [field(key.columns.column, typeOf(job, key.parse))]
        : key.columns.fields.map(({ field: name }) => fieldOf(job, key.parse, name));
    const names = new Map(key.columns.kind === 'whole' ? [] : key.columns.fields.map((f) => [f.field, f.column]));
    const columnName = ({ name }: StructField): string => names.get(name) ?? name;
    const plan = planJson(
      { format: 'json', schema, onCastFailure: key.onFailure },
      { text: whole === undefined ? hidden.keyText : quoteIdentifier(wrapped), noun: 'key', prefix, columnName },
    );
    const added = schema.map((column) => ({ ...column, name: columnName(column), nullable: true }));
    return {
      layers: [...(whole === undefined ? [] : [[{ name: wrapped, sql: wrappedSql(whole) }]]), ...plan.layers],
      ...(key.onFailure === 'reject'
        ? { columns: [...columns, ...added], rejections: plan.rejections }
        : { columns: [...columns, ...added.map(nullableField)], rejections: [] }),
    } satisfies StepPlan;
  },
};

/** Text that is not JSON by itself must not become JSON by what is put around it. */
function wrappedSql(column: string): string {
  const text = hidden.keyText;
  const object = `concat(${quoteLiteral(`{${JSON.stringify(column)}:`)}, ${text}, '}')`;
  return `CASE WHEN json_valid(${text}) THEN ${object} ELSE ${text} END`;
}

function typeOf(job: string, parse: KeyParse): DataType {
  if (parse.format === 'json') return parse.type;
  return isBinary(parse) ? struct(...known(job, parse.schema)) : serializedTypes[parse.format];
}

function fieldOf(job: string, parse: KeyParse, name: string): StructField {
  const type = typeOf(job, parse);
  const found =
    typeof type !== 'string' && type.type === 'struct' ? type.fields.find((f) => f.name === name) : undefined;
  if (found !== undefined) return found;
  throw new BronzeError('PIPELINE_INVALID', `job ${job}: steps.parse.key.as: the key has no field ${name}`);
}

function isBinary(parse: KeyParse): parse is Extract<KeyParse, { from: unknown }> {
  return isBinaryFormat(parse.format);
}

function known(job: string, schema: readonly StructField[]): readonly StructField[] {
  if (schema.length > 0) return schema;
  throw new BronzeError(
    'PIPELINE_INVALID',
    `job ${job}: the columns of the key's schema are not known yet: it is not pinned`,
  );
}
