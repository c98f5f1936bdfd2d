import { quoteLiteral } from '../model/pipeline/sql-text.ts';

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

/** Whitespace as JSON has it. */
const whitespace = `' ' || chr(9) || chr(10) || chr(13)`;

/** SQL over JSON that DuckDB reads. A CASE looks at the second condition where the first fails alone, an OR at both. */
export function isJsonObject(text: string): string {
  return `CASE WHEN starts_with(${text}, '{') THEN true ELSE starts_with(ltrim(${text}, ${whitespace}), '{') END`;
}

/** SQL over JSON that DuckDB reads and that is no object: is it one of the numbers that RFC 8259 does not have? */
export function isNonNumber(text: string): string {
  return `regexp_full_match(${text}, '[ \t\r\n]*[+-]?(nan|inf(inity)?)[ \t\r\n]*', 'i')`;
}
