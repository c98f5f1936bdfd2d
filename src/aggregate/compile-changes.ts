import { BronzeError } from '../errors.ts';
import type { ChangesOutput } from '../model/outputs/output-spec.ts';
import { nullableField, struct, type StructType } from '../model/table/table-schema.ts';
import { changesSql } from './changes-sql.ts';
import type { CompiledOutput } from './compiled-output.ts';
import { fingerprintOf, repeatedName } from './identity.ts';
import { ChangesPart } from './gather-changes.ts';
import { mergeChanges, previousName } from './merge-changes.ts';

/** `rows` is the schema of the job's table. Throws PIPELINE_INVALID. */
export function compileChanges(output: ChangesOutput, rows: StructType): CompiledOutput {
  const sql = changesSql(output, rows);
  const previous = sql.of.map((field) => nullableField({ ...field, name: previousName(field.name) }));
  const schema = struct(...rows.fields, ...previous);
  const problem = problemOf(output, rows) ?? repeatedName(schema.fields.map(({ name }) => name));
  if (problem !== undefined) throw new BronzeError('PIPELINE_INVALID', `output ${output.name}: ${problem}`);
  return {
    schema,
    keyColumns: [],
    fingerprint: fingerprintOf([output.key, output.of]),
    openPart: (session, name, start) => ChangesPart.open(session, sql, name, start),
    merge: (session, input) => mergeChanges(session, sql, input),
  };
}

function problemOf({ key, of }: ChangesOutput, { fields }: StructType): string | undefined {
  if (key.length === 0 || of.length === 0) return 'it needs a key, and columns to compare';
  const find = (name: string): unknown => fields.find((field) => field.name === name)?.type ?? 'void';
  const badKey = key.find((name) => typeof find(name) !== 'string' || find(name) === 'void');
  if (badKey !== undefined) return `the table has no column of single values that is named ${badKey}`;
  const missing = of.find((name) => find(name) === 'void' || key.includes(name));
  return missing === undefined ? undefined : `${missing} is no column of the table that can change beside its key`;
}
