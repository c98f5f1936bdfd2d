import type { ParseStep } from '../model/job/job-spec.ts';
import { jsonScan } from '../model/pipeline/json-scan.ts';
import {
  hidden,
  hiddenPrefix,
  type ComputedColumn,
  type Rejection,
  type StepPlan,
} from '../model/pipeline/pipeline-step.ts';
import { quoteIdentifier, quoteLiteral } from '../model/pipeline/sql-text.ts';
import type { StructField } from '../model/table/table-schema.ts';
import { castFailures, fieldOf, missingFields, textStructure, typedValue, type PlaceCheck } from './json-columns.ts';
import { holdsRewrittenNumbers, mayLoseDigits, readExactly } from './exact-numbers.ts';
import { containerMismatch } from './json-containers.ts';
import { planExtraFields } from './json-extra-fields.ts';
import { isJsonObject, isLenientJson, isNonNumber } from './json-strictness.ts';

/** The JSON that is looked into, and what its columns are called. */
export interface JsonSource {
  /** SQL of the text; null where there is none. */
  readonly text: string;
  /** SQL of a `JsonScan` of the text; absent where nothing has looked at it. */
  readonly scan?: string;
  readonly noun: 'value' | 'key';
  /** Of the names of hidden columns. */
  readonly prefix: string;
  readonly columnName: (field: StructField) => string;
}

const valueSource: JsonSource = {
  text: hidden.text,
  scan: hidden.jsonScan,
  noun: 'value',
  prefix: hiddenPrefix,
  columnName: ({ name }) => name,
};

/** What is wrong with a text before it is looked into; 0 is nothing. */
const problems = [
  ['EMPTY_VALUE', 'is empty'],
  ['INVALID_JSON', 'is not valid JSON'],
  ['INVALID_JSON', 'holds NaN, Infinity or a trailing comma, which JSON (RFC 8259) does not have'],
  ['NOT_AN_OBJECT', 'is valid JSON, but not an object'],
] as const;

/**
 * A JSON object per record, one column per field of the schema. Of keys that occur twice the first counts. Every scalar
 * is taken as text first, so that a value that does not fit its type is told from one that is absent.
 */
export function planJson(step: Extract<ParseStep, { format: 'json' }>, source: JsonSource = valueSource): StepPlan {
  const { prefix } = source;
  const [problem, object, json] = [`${prefix}json_problem`, `${prefix}json_object`, `${prefix}json`];
  const mismatch = (index: number): string => `${prefix}mismatch_${index}`;
  const jsonSql = quoteIdentifier(json);
  const fields = step.schema.map((field, index) => {
    const text = fieldOf(jsonSql, field.name);
    const isMismatch = containerMismatch(field, text, source.text);
    const value = typedValue(field.type, text);
    const column = quoteIdentifier(source.columnName(field));
    const mismatchColumn = isMismatch === undefined ? undefined : quoteIdentifier(mismatch(index));
    return { field, text, isMismatch, value, column, mismatchColumn, index };
  });
  const mismatches = fields.flatMap(({ isMismatch, index }) =>
    // The engine refuses to look into text that is not JSON, so it must not be asked to.
    isMismatch === undefined
      ? []
      : [{ name: mismatch(index), sql: `CASE WHEN ${jsonSql} IS NOT NULL THEN ${isMismatch} ELSE false END` }],
  );
  const columns = fields.map(({ field, value, mismatchColumn }): ComputedColumn => {
    // A record that is rejected anyway can hold anything; copying structs costs.
    const isGuarded = mismatchColumn !== undefined && step.onCastFailure === 'null';
    return {
      name: source.columnName(field),
      sql: isGuarded ? `CASE WHEN NOT ${mismatchColumn} THEN ${value} END` : value,
    };
  });
  const failures = fields.flatMap(({ field, text, column, mismatchColumn }): PlaceCheck[] => [
    ...(mismatchColumn === undefined ? [] : [{ place: `${field.name} as ${kindOf(field)}`, when: mismatchColumn }]),
    ...castFailures(field, text, column),
  ]);
  const missing = fields.flatMap(({ field, column }) => missingFields(field, column));
  const extra = planExtraFields(step, `${jsonSql} IS NOT NULL`);
  const structure = quoteLiteral(textStructure(step.schema));
  const text = quoteIdentifier(object);
  const exactly = readExactly(text, structure);
  const losesDigits = unlessKept(source, mayLoseDigits(text, step.schema));
  const isRewritten = unlessKept(source, holdsRewrittenNumbers(text, jsonSql, step.schema));
  return {
    layers: [
      [{ name: problem, sql: problemSql(source) }],
      // Nulls are made of texts: to make them of structs costs a copy of all that are none.
      [{ name: object, sql: `CASE WHEN ${quoteIdentifier(problem)} = 0 THEN ${source.text} END` }],
      [{ name: json, sql: `CASE WHEN ${losesDigits} THEN ${exactly} ELSE from_json(${text}, ${structure}) END` }],
      [{ name: json, sql: `CASE WHEN ${isRewritten} THEN ${exactly} ELSE ${jsonSql} END` }],
      ...(mismatches.length === 0 ? [] : [mismatches]),
      ...extra.layers,
      [...columns, ...extra.values],
    ],
    columns: [...step.schema, ...extra.columns],
    rejections: [
      ...problems.map(([code, message], index): Rejection => {
        return {
          code,
          when: `${quoteIdentifier(problem)} = ${index + 1}`,
          message: quoteLiteral(`the ${source.noun} ${message}`),
        };
      }),
      ...(step.onCastFailure === 'reject' ? rejectionOf('CAST_FAILED', jsonSql, failures, 'cannot read field ') : []),
      ...rejectionOf('REQUIRED_MISSING', jsonSql, missing, 'required field is missing or null: '),
      ...extra.rejections,
    ],
  };
}

/** SQL of a question about numbers that would be written otherwise, which is not asked where there are none. */
function unlessKept({ scan }: JsonSource, question: string): string {
  return scan === undefined ? question : `CASE WHEN ${scan} = ${jsonScan.keepsNumbers} THEN false ELSE ${question} END`;
}

function problemSql({ text, scan }: JsonSource): string {
  const isProven = scan === undefined ? '' : `WHEN ${scan} >= ${jsonScan.isObject} THEN 0 `;
  return (
    `CASE WHEN ${hidden.reject} IS NOT NULL OR ${text} IS NULL THEN NULL ${isProven}WHEN ${text} = '' THEN 1 ` +
    `WHEN NOT json_valid(${text}) THEN 2 WHEN ${isLenientJson(text)} THEN 3 ` +
    `WHEN ${isJsonObject(text)} THEN 0 WHEN ${isNonNumber(text)} THEN 3 ELSE 4 END::UTINYINT`
  );
}

/** One rejection for all places, whose message names the first that fails. */
function rejectionOf(code: Rejection['code'], json: string, checks: readonly PlaceCheck[], words: string): Rejection[] {
  if (checks.length === 0) return [];
  const wasParsed = `${json} IS NOT NULL`;
  const when = `${wasParsed} AND (${checks.map((check) => check.when).join(' OR ')})`;
  const names = checks.map((check) => `WHEN ${check.when} THEN ${quoteLiteral(words + check.place)}`);
  return [{ code, when, message: `CASE ${names.join(' ')} END` }];
}

function kindOf(field: StructField): string {
  return typeof field.type === 'string' ? field.type : field.type.type;
}
