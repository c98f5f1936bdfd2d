import { quoteLiteral } from '../model/sql-text.ts';
import type { DataType, StructField } from '../model/table-schema.ts';
import { isDecimal } from '../model/sql-text.ts';

const trailingComma = quoteLiteral(String.raw`,[ \t\r\n]*[\]}]`);
// A first letter of one case lets the search leap from one to the next, twice as fast as one pattern for all; the bracket
// or comma that must follow keeps every tenant and info from being a find.
const nonNumbers = [
  'N[aA][nN]',
  'n[aA][nN]',
  'I[nN][fF]([iI][nN][iI][tT][yY])?',
  'i[nN][fF]([iI][nN][iI][tT][yY])?',
].map((word) => quoteLiteral(String.raw`${word}[ \t\r\n]*[,\]}]`));
const stringToken = quoteLiteral(String.raw`"(?:[^"\\]|\\.)*"`);

/**
 * SQL that is true for JSON that DuckDB reads and RFC 8259 forbids: NaN, Infinity and commas before a closing bracket.
 * The patterns are looked for in the whole text first, and with its strings cut out only where one is found.
 */
export function isLenientJson(text: string): string {
  const bare = `regexp_replace(${text}, ${stringToken}, '""', 'g')`;
  const found = (where: string): string =>
    [trailingComma, ...nonNumbers].map((pattern) => `regexp_matches(${where}, ${pattern})`).join(' OR ');
  return `CASE WHEN ${found(text)} THEN ${found(bare)} ELSE false END`;
}

export function isJsonObject(text: string): string {
  return `(starts_with(${text}, '{') OR starts_with(ltrim(${text}, ' ' || chr(9) || chr(10) || chr(13)), '{'))`;
}

const manyDigits = quoteLiteral(String.raw`[0-9]{8}\.[0-9]|\.[0-9]{8}`);
const numberToken = quoteLiteral(String.raw`((?:"(?:[^"\\]|\\.)*"|[^"0-9-])*)(-?[0-9][0-9.eE+-]*|$)`);

/**
 * DuckDB's parser reads numbers with a fraction as doubles, which hold 15 digits safely. Where a decimal column could
 * lose digits by that, the numbers of the text are put into quotes first, so that they stay as they were written. The
 * pattern's last match is the end of the text, which adds the two quotes that are cut off again.
 */
export function withExactNumbers(text: string, schema: readonly StructField[]): string {
  if (!schema.some((f) => hasDecimal(f.type))) return text;
  const quoted = `left(regexp_replace(${text}, ${numberToken}, '\\1"\\2"', 'g'), -2)`;
  return `CASE WHEN regexp_matches(${text}, ${manyDigits}) THEN ${quoted} ELSE ${text} END`;
}

function hasDecimal(type: DataType): boolean {
  if (isDecimal(type)) return true;
  if (typeof type === 'string') return false;
  switch (type.type) {
    case 'struct':
      return type.fields.some((f) => hasDecimal(f.type));
    case 'array':
      return hasDecimal(type.elementType);
    case 'map':
      return hasDecimal(type.valueType);
  }
}
