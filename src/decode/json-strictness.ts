import { quoteLiteral } from '../model/sql-text.ts';
import type { DataType, StructField } from '../model/table-schema.ts';
import { isDecimal } from '../model/sql-text.ts';

const trailingComma = quoteLiteral(String.raw`,[ \t\r\n]*[\]}]`);
const wordOfNonNumber = quoteLiteral('[nN][aA][nN]|[iI][nN][fF]');
const nonNumber = quoteLiteral(String.raw`[:\[,][ \t\r\n]*[-+]?([nN][aA][nN]|[iI][nN][fF])`);
const stringToken = quoteLiteral(String.raw`"(?:[^"\\]|\\.)*"`);

/**
 * SQL that is true for JSON that DuckDB reads and RFC 8259 forbids: NaN, Infinity and commas before a closing bracket.
 * The patterns are looked for in the whole text first, and with its strings cut out only where one is found.
 */
export function isLenientJson(text: string): string {
  const bare = `regexp_replace(${text}, ${stringToken}, '""', 'g')`;
  const matches = (where: string, pattern: string): string => `regexp_matches(${where}, ${pattern})`;
  return (
    `CASE WHEN ${matches(text, trailingComma)} THEN ${matches(bare, trailingComma)} OR ${matches(bare, nonNumber)} ` +
    `WHEN ${matches(text, wordOfNonNumber)} THEN CASE WHEN ${matches(text, nonNumber)} ` +
    `THEN ${matches(bare, nonNumber)} ELSE false END ELSE false END`
  );
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
