import { extraFieldsColumn, type ExtraFields } from '../model/job-spec.ts';
import { withNumbersAsWritten } from './exact-numbers.ts';
import { hidden, hiddenPrefix, type ComputedColumn, type Rejection } from '../model/pipeline-step.ts';
import { quoteIdentifier, quoteLiteral } from '../model/sql-text.ts';
import { field, type StructField } from '../model/table-schema.ts';

/** What a parser adds to its plan for fields that its schema does not name. */
export interface ExtraFieldsPlan {
  readonly layers: readonly (readonly ComputedColumn[])[];
  readonly values: readonly ComputedColumn[];
  readonly columns: readonly StructField[];
  readonly rejections: readonly Rejection[];
}

const extraNames = `${hiddenPrefix}extra_names`;
const extraJson = `${hiddenPrefix}extra_json`;

/** `isParsed` is SQL: is the text a JSON object? The engine refuses to look into anything else. */
export function planExtraFields(
  extraFields: ExtraFields,
  schema: readonly StructField[],
  isParsed: string,
): ExtraFieldsPlan {
  if (extraFields === 'drop') return { layers: [], values: [], columns: [], rejections: [] };
  const known = schema.map(({ name }) => quoteLiteral(name)).join(', ');
  const name = `${hiddenPrefix}k`;
  // Sorted, so that every attempt gives the same; a name that occurs twice counts once.
  const unknown = `list_sort(list_distinct(list_filter(json_keys(${hidden.text}), lambda ${name}: ${name} NOT IN (${known}))))`;
  const names = [{ name: extraNames, sql: `CASE WHEN ${isParsed} THEN ${unknown} END` }];
  const found = `coalesce(len(${quoteIdentifier(extraNames)}) > 0, false)`;
  if (extraFields === 'reject') {
    const listed = `array_to_string(${quoteIdentifier(extraNames)}[1:5], ', ')`;
    const message = `left('the schema does not name the fields ' || ${listed}, 500)`;
    return { layers: [names], values: [], columns: [], rejections: [{ code: 'EXTRA_FIELDS', when: found, message }] };
  }
  const pointer = `'/' || replace(replace(${name}, '~', '~0'), '/', '~1')`;
  const jsonOf = (text: string): string => {
    const entry = `struct_pack("key" := ${name}, "value" := json_extract(${text}, ${pointer}))`;
    const entries = `list_transform(${quoteIdentifier(extraNames)}, lambda ${name}: ${entry})`;
    return `CAST(to_json(map_from_entries(${entries})) AS VARCHAR)`;
  };
  const json = { name: extraJson, sql: `CASE WHEN ${found} THEN ${jsonOf(hidden.text)} END` };
  const exact = withNumbersAsWritten(quoteIdentifier(extraJson), hidden.text, jsonOf);
  return {
    layers: [names, [json]],
    values: [{ name: extraFieldsColumn, sql: exact }],
    columns: [field(extraFieldsColumn, 'string')],
    rejections: [],
  };
}
