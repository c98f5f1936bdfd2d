import { isDecimal, quoteLiteral } from '../model/pipeline/sql-text.ts';
import type { DataType, StructField } from '../model/table/table-schema.ts';
import { fieldOf, lambdaName, someElement } from './json-columns.ts';
import { pointerTo } from './json-containers.ts';

/**
 * DuckDB's parser reads numbers with a fraction or an exponent as doubles, and writes those in its own way: 1.10 becomes
 * 1.1, 1e5 becomes 100000.0, and the 17th digit is another one. Where that matters the text is read once more, with its
 * numbers in quotes, which keeps them as they were written.
 */

/** A noncharacter of Unicode, by which quotes of ours are told from those of the text. */
const mark = '\uFDD0';

const numberToken = quoteLiteral(String.raw`((?:"(?:[^"\\]|\\.)*"|[^"0-9-])*)(-?[0-9][0-9.eE+-]*|$)`);

/** The pattern's last match is the end of the text, which adds the quotes that are cut off again. */
function withQuotedNumbers(text: string, prefix: string): string {
  const quoted = quoteLiteral(String.raw`\1"${prefix}\2"`);
  return `left(regexp_replace(${text}, ${numberToken}, ${quoted}, 'g'), ${-2 - prefix.length})`;
}

/**
 * SQL that reads an object whose numbers must stay as they were written. A column of text can hold a number, which loses
 * its quotes, or an object with numbers in it, whose quotes have to go: so all are marked, read, and taken out again. A
 * text that has the mark itself keeps the quotes within such objects.
 */
export function readExactly(text: string, structure: string): string {
  const marked = `CAST(to_json(from_json(${withQuotedNumbers(text, mark)}, ${structure})) AS VARCHAR)`;
  const inObjects = quoteLiteral(String.raw`\\"${mark}([^"\\]*)\\"`);
  const unmarked = `replace(regexp_replace(${marked}, ${inObjects}, '\\1', 'g'), '${mark}', '')`;
  return `from_json(CASE WHEN ${hasMark(text)} THEN ${withQuotedNumbers(text, '')} ELSE ${unmarked} END, ${structure})`;
}

/** SQL of `json`, which `jsonOf` makes of the text by looking into it, with its numbers as the text has them. */
export function withNumbersAsWritten(json: string, text: string, jsonOf: (text: string) => string): string {
  const quoted = quoteLiteral(String.raw`"${mark}([^"\\]*)"`);
  const exact = `regexp_replace(${jsonOf(withQuotedNumbers(text, mark))}, ${quoted}, '\\1', 'g')`;
  const mayDiffer = `regexp_matches(${json}, '[0-9][.eE]')`;
  return `CASE WHEN ${mayDiffer} THEN CASE WHEN ${hasMark(text)} THEN ${json} ELSE ${exact} END ELSE ${json} END`;
}

function hasMark(text: string): string {
  return `contains(${text}, '${mark}') OR contains(lower(${text}), '\\ufdd0')`;
}

/** SQL: might a decimal lose digits, of which a double holds 15 safely? */
export function mayLoseDigits(text: string, schema: readonly StructField[]): string {
  const manyDigits = quoteLiteral(String.raw`[0-9]{8}\.[0-9]|\.[0-9]{8}`);
  return schema.some(({ type }) => hasDecimal(type)) ? `regexp_matches(${text}, ${manyDigits})` : 'false';
}

function hasDecimal(type: DataType): boolean {
  if (typeof type === 'string') return isDecimal(type);
  switch (type.type) {
    case 'struct':
      return type.fields.some((f) => hasDecimal(f.type));
    case 'array':
      return hasDecimal(type.elementType);
    case 'map':
      return hasDecimal(type.valueType);
  }
}

/**
 * SQL: is there a number in a column of text that may have been written otherwise? `json` is what `from_json` gave. The
 * texts are looked through as a list: to plan the same for each of them would take most of the time of a small batch.
 */
export function holdsRewrittenNumbers(text: string, json: string, schema: readonly StructField[]): string {
  const places = schema.flatMap((f) => textsIn(f.type, fieldOf(json, f.name), [f.name]));
  const named = places.filter((place) => typeof place !== 'string');
  const inLists = places.filter((place) => typeof place === 'string');
  const conditions = [...(named.length === 0 ? [] : [isSomeRewritten(text, named)]), ...inLists];
  return conditions.length === 0 ? 'false' : conditions.join(' OR ');
}

/** SQL of a text, and the pointer to it in the record. */
interface NamedText {
  readonly value: string;
  readonly pointer: string;
}

/** Texts that pointers lead to; of those in lists and maps, SQL of the answer. */
function textsIn(type: DataType, value: string, path: readonly string[]): (NamedText | string)[] {
  if (type === 'string') return [{ value, pointer: pointerTo(path) }];
  if (typeof type === 'string') return [];
  if (type.type === 'struct') {
    return type.fields.flatMap((f) => textsIn(f.type, fieldOf(value, f.name), [...path, f.name]));
  }
  return elementsLookSo(type, value, 0);
}

/** No path leads into lists, and what looks like a rewritten number there is taken for one. */
function elementsLookSo(type: DataType, value: string, depth: number): string[] {
  if (type === 'string') return [looksRewritten(value)];
  if (typeof type === 'string') return [];
  if (type.type === 'struct') return type.fields.flatMap((f) => elementsLookSo(f.type, fieldOf(value, f.name), depth));
  const element = lambdaName(depth);
  const [list, elementType] =
    type.type === 'array' ? [value, type.elementType] : [`map_values(${value})`, type.valueType];
  return elementsLookSo(elementType, element, depth + 1).map((when) => someElement(list, element, when));
}

/** −0 is written as 0. */
const rewrittenNumeral = quoteLiteral(String.raw`0|-?[0-9]+(\.[0-9]+(e[+-]?[0-9]+)?|e[+-]?[0-9]+)`);

/** The engine writes no number with more bytes than −1.2345678901234567e-300. */
const mostNumeralBytes = 24;

/** The comparisons of first characters and of lengths cost next to nothing, and settle it for most texts. */
function looksRewritten(value: string): string {
  return (
    `CASE WHEN ${value} >= '-' AND ${value} < ':' AND strlen(${value}) <= ${mostNumeralBytes} ` +
    `THEN regexp_full_match(${value}, ${rewrittenNumeral}) ` +
    `WHEN ${value} >= '[' AND ${value} < '\\' OR ${value} >= '{' AND ${value} < '|' ` +
    `THEN regexp_matches(${value}, '[0-9][.eE]') ELSE false END`
  );
}

/** What a value looks like settles it for nearly all; where the pointer leads in the text is asked of the others. */
function isSomeRewritten(text: string, places: readonly NamedText[]): string {
  const [value, index] = [lambdaName(0), `${lambdaName(0)}_index`];
  const values = `[${places.map((place) => place.value).join(', ')}]`;
  const pointers = `[${places.map(({ pointer }) => quoteLiteral(pointer)).join(', ')}]`;
  // DuckDB would look the type up once for each element of an IN.
  const isNumber = `contains('DOUBLE BIGINT OBJECT ARRAY', json_type(${text}, ${pointers}[${index}]))`;
  const when = `CASE WHEN ${looksRewritten(value)} THEN ${isNumber} ELSE false END`;
  return someElement(values, `${value}, ${index}`, when);
}
