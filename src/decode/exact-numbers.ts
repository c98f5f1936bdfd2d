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

/** SQL: is there a number in a column of text that may have been written otherwise? `json` is what `from_json` gave. */
export function holdsRewrittenNumbers(text: string, json: string, schema: readonly StructField[]): string {
  const conditions = schema.flatMap((f) => rewrittenIn(f.type, fieldOf(json, f.name), text, [f.name], 0));
  return conditions.length === 0 ? 'false' : conditions.join(' OR ');
}

/** `path` leads to the value from the top of the record; inside of lists there is none. */
function rewrittenIn(
  type: DataType,
  value: string,
  text: string,
  path: readonly string[] | undefined,
  depth: number,
): string[] {
  if (type === 'string') return [isRewritten(value, text, path)];
  if (typeof type === 'string') return [];
  if (type.type === 'struct') {
    return type.fields.flatMap((f) =>
      rewrittenIn(f.type, fieldOf(value, f.name), text, path && [...path, f.name], depth),
    );
  }
  const element = lambdaName(depth);
  const [list, elementType] =
    type.type === 'array' ? [value, type.elementType] : [`map_values(${value})`, type.valueType];
  return rewrittenIn(elementType, element, text, undefined, depth + 1).map((when) => someElement(list, element, when));
}

/** −0 is written as 0. */
const rewrittenNumeral = quoteLiteral(String.raw`0|-?[0-9]+(\.[0-9]+(e[+-]?[0-9]+)?|e[+-]?[0-9]+)`);

/** The engine writes no number with more bytes than −1.2345678901234567e-300. */
const mostNumeralBytes = 24;

/** The comparisons of first characters and of lengths cost next to nothing, and settle it for most texts. */
function isRewritten(value: string, text: string, path: readonly string[] | undefined): string {
  const looksSo =
    `CASE WHEN ${value} >= '-' AND ${value} < ':' AND strlen(${value}) <= ${mostNumeralBytes} ` +
    `THEN regexp_full_match(${value}, ${rewrittenNumeral}) ` +
    `WHEN ${value} >= '[' AND ${value} < '\\' OR ${value} >= '{' AND ${value} < '|' ` +
    `THEN regexp_matches(${value}, '[0-9][.eE]') ELSE false END`;
  if (path === undefined) return looksSo;
  const type = `json_type(${text}, ${quoteLiteral(pointerTo(path))})`;
  // DuckDB would look the type up once for each element of an IN.
  return `CASE WHEN ${looksSo} THEN contains('DOUBLE BIGINT OBJECT ARRAY', ${type}) ELSE false END`;
}
