import { extraFieldsColumn, type ParseStep } from '../model/job/job-spec.ts';
import { mostNewFields } from '../model/batch/lane-schema.ts';
import { pointerTo } from './json-containers.ts';
import { withNumbersAsWritten } from './exact-numbers.ts';
import { hidden, hiddenPrefix, type ComputedColumn, type Rejection } from '../model/pipeline/pipeline-step.ts';
import { quoteIdentifier, quoteLiteral } from '../model/pipeline/sql-text.ts';
import { field, type StructField } from '../model/table/table-schema.ts';

/** What a parser adds to its plan for fields that its schema does not name. */
export interface ExtraFieldsPlan {
  readonly layers: readonly (readonly ComputedColumn[])[];
  readonly values: readonly ComputedColumn[];
  readonly columns: readonly StructField[];
  readonly rejections: readonly Rejection[];
}

const extraPlaces = `${hiddenPrefix}extra_places`;
const extraJson = `${hiddenPrefix}extra_json`;
const newFields = `${hiddenPrefix}new_fields`;
const name = `${hiddenPrefix}k`;
const place = `${hiddenPrefix}p`;

type JsonParse = Extract<ParseStep, { readonly format: 'json' }>;

/** `isParsed` is SQL: is the text a JSON object? The engine refuses to look into anything else. */
export function planExtraFields(
  { schema, extraFields = 'drop', leftOut = [], refusesNewFields }: JsonParse,
  isParsed: string,
): ExtraFieldsPlan {
  if (extraFields === 'drop') return { layers: [], values: [], columns: [], rejections: [] };
  const objects = objectsOf(schema, []);
  const lists = objects.map((object) => unknownPlaces(object, objects));
  const all = lists.length === 1 ? lists.join('') : `flatten([${lists.join(', ')}])`;
  // Sorted, so that every attempt gives the same; a name that occurs twice counts once.
  const unknown = `list_sort(list_distinct(${all}))`;
  const places = extraFields === 'addColumns' ? newAmong(unknown, objects, leftOut) : unknown;
  const names = [{ name: extraPlaces, sql: `CASE WHEN ${isParsed} THEN ${places} END` }];
  const found = `coalesce(len(${quoteIdentifier(extraPlaces)}) > 0, false)`;
  if (extraFields === 'reject' || refusesNewFields === true) {
    const first = `list_transform(${quoteIdentifier(extraPlaces)}[1:5], lambda ${place}: ${place}.path)`;
    const why =
      extraFields === 'reject'
        ? 'the schema does not name the fields '
        : `the batch has more than ${mostNewFields} new fields, among them `;
    const message = `left(${quoteLiteral(why)} || array_to_string(${first}, ', '), 500)`;
    return { layers: [names], values: [], columns: [], rejections: [{ code: 'EXTRA_FIELDS', when: found, message }] };
  }
  if (extraFields === 'addColumns') {
    const pair = `struct_pack("pointer" := ${place}.pointer, "value" := json_extract(${hidden.text}, ${place}.pointer))`;
    const all = `list_transform(${quoteIdentifier(extraPlaces)}, lambda ${place}: ${pair})`;
    const sql = `CASE WHEN ${found} THEN list_filter(${all}, lambda ${place}: json_type(${place}.value) <> 'NULL') END`;
    return { layers: [names, [{ name: newFields, sql }]], values: [], columns: [], rejections: [] };
  }
  const jsonOf = (text: string): string => {
    const entry = `struct_pack("key" := ${place}.path, "value" := json_extract(${text}, ${place}.pointer))`;
    const entries = `list_transform(${quoteIdentifier(extraPlaces)}, lambda ${place}: ${entry})`;
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

/**
 * SQL: those of the places that are neither left out nor beside a field of the schema whose name differs in case alone.
 */
function newAmong(places: string, objects: readonly KnownObject[], leftOut: readonly string[]): string {
  const known = objects.flatMap(({ path, names }) => names.map((own) => pointerTo([...path, own])));
  const conditions = [
    ...(known.length === 0 ? [] : [`lower(${place}.pointer) NOT IN (${known.map(lowerLiteral).join(', ')})`]),
    ...(leftOut.length === 0 ? [] : [`${place}.pointer NOT IN (${leftOut.map(quoteLiteral).join(', ')})`]),
  ];
  return conditions.length === 0 ? places : `list_filter(${places}, lambda ${place}: ${conditions.join(' AND ')})`;
}

/** The engine's own lower case: another one could differ from it. */
function lowerLiteral(text: string): string {
  return `lower(${quoteLiteral(text)})`;
}

/** An object whose fields the schema names: the record, or a struct in it. */
interface KnownObject {
  readonly path: readonly string[];
  readonly names: readonly string[];
}

function objectsOf(fields: readonly StructField[], path: readonly string[]): readonly KnownObject[] {
  const inner = fields.flatMap(({ name: own, type }) =>
    typeof type === 'object' && type.type === 'struct' ? objectsOf(type.fields, [...path, own]) : [],
  );
  return [{ path, names: fields.map(({ name: own }) => own) }, ...inner];
}

/** SQL: dotted path and JSON pointer of each field of the object that the schema does not name. */
function unknownPlaces({ path, names }: KnownObject, objects: readonly KnownObject[]): string {
  const known = names.map(quoteLiteral).join(', ');
  const pointer = pointerTo(path);
  const keys = path.length === 0 ? `json_keys(${hidden.text})` : `json_keys(${hidden.text}, ${quoteLiteral(pointer)})`;
  const unknown = `list_filter(${keys}, lambda ${name}: ${name} NOT IN (${known}))`;
  const escaped = `replace(replace(${name}, '~', '~0'), '/', '~1')`;
  const parts = `"path" := ${dottedPath(path, objects)}, "pointer" := ${quoteLiteral(`${pointer}/`)} || ${escaped}`;
  return `list_transform(coalesce(${unknown}, []), lambda ${name}: struct_pack(${parts}))`;
}

/** A name that looks like the path of another object's field is put into backticks. */
function dottedPath(path: readonly string[], objects: readonly KnownObject[]): string {
  const outer = path.map((part) => `${part}.`).join('');
  const inner = objects.map((object) => `${object.path.join('.')}.`).filter((dotted) => dotted.startsWith(outer));
  const prefixes = inner.map((dotted) => dotted.slice(outer.length)).filter((rest) => rest !== '' && rest !== '.');
  const isAmbiguous = prefixes.map((prefix) => `starts_with(${name}, ${quoteLiteral(prefix)})`).join(' OR ');
  const own = prefixes.length === 0 ? name : `CASE WHEN ${isAmbiguous} THEN '\`' || ${name} || '\`' ELSE ${name} END`;
  return outer === '' ? own : `${quoteLiteral(outer)} || ${own}`;
}
