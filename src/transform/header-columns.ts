import { readHeaderSource, type HeaderSource, type MetadataSource } from '../model/job/metadata-source.ts';
import { hidden, hiddenPrefix, type ComputedColumn, type Rejection } from '../model/pipeline/pipeline-step.ts';
import { quoteIdentifier, quoteLiteral } from '../model/pipeline/sql-text.ts';

/** The contents of metadata columns that are made of headers. */
export type HeaderContent = 'headers' | 'headersMap' | HeaderSource;

export function isHeaderContent(source: MetadataSource): source is HeaderContent {
  return source === 'headers' || source === 'headersMap' || readHeaderSource(source) !== undefined;
}

export interface HeadersPlan {
  /** What the columns' SQL needs before them. */
  readonly layer: readonly ComputedColumn[];
  readonly sqlOf: (source: HeaderContent) => string;
  readonly rejections: readonly Rejection[];
}

const [listName, textsName] = [`${hiddenPrefix}headers_list`, `${hiddenPrefix}headers_texts`];
const [list, texts] = [quoteIdentifier(listName), quoteIdentifier(textsName)];
const entry = `${hiddenPrefix}h`;
const lastOf = (header: string): string => `${hiddenPrefix}header_${header}`;

/** Names and texts that are not UTF-8 reject the record; of a header that is there more than once the last counts. */
export function planHeaders(sources: readonly MetadataSource[]): HeadersPlan {
  const named = sources.flatMap((source) => readHeaderSource(source) ?? []);
  const layer = new Map<string, string>(named.map(({ header }) => [lastOf(header), lastValue(header)]));
  const rejections = new Map<string, string>();
  if (sources.includes('headers')) {
    layer.set(listName, decodedEntries(`${entry}.value`));
    rejections.set(`${list} IS NULL`, 'the name of a header');
  }
  if (sources.includes('headersMap')) {
    layer.set(textsName, decodedEntries(`decode(${entry}.value)`));
    rejections.set(`${texts} IS NULL`, 'a header');
  }
  for (const { header, isText } of named) {
    const bytes = quoteIdentifier(lastOf(header));
    if (isText) rejections.set(`(${bytes} IS NOT NULL AND ${textOf(bytes)} IS NULL)`, `the header ${header}`);
  }
  return {
    layer: [...layer].map(([name, sql]) => ({ name, sql })),
    sqlOf,
    rejections: [...rejections].map(([when, what]) => ({
      code: 'INVALID_UTF8',
      when,
      message: quoteLiteral(`${what} is not valid UTF-8, and a column holds it as text`),
    })),
  };
}

function sqlOf(source: HeaderContent): string {
  if (source === 'headers') return `CASE WHEN len(${list}) > 0 THEN ${list} END`;
  if (source === 'headersMap') return mapSql();
  const { header = '', isText = false } = readHeaderSource(source) ?? {};
  const bytes = quoteIdentifier(lastOf(header));
  return isText ? textOf(bytes) : bytes;
}

function lastValue(header: string): string {
  return `list_filter(${hidden.headers}, lambda ${entry}: ${entry}.key = encode(${quoteLiteral(header)}))[-1].value`;
}

/** Null where a name, or what `value` decodes, is not UTF-8. */
function decodedEntries(value: string): string {
  const decoded = `struct_pack("key" := decode(${entry}.key), "value" := ${value})`;
  return `TRY(list_transform(${hidden.headers}, lambda ${entry}: ${decoded}))`;
}

/** A map must not hold a key twice. */
function mapSql(): string {
  const names = `list_transform(${texts}, lambda ${entry}: ${entry}.key)`;
  const isLast = `NOT list_contains(${names}[${entry}_index + 1:], ${entry}.key)`;
  const lasts = `list_filter(${texts}, lambda ${entry}, ${entry}_index: ${isLast})`;
  return (
    `CASE WHEN len(${texts}) = 0 THEN NULL WHEN len(list_distinct(${names})) = len(${texts}) ` +
    `THEN map_from_entries(${texts}) ELSE map_from_entries(${lasts}) END`
  );
}

function textOf(bytes: string): string {
  return `TRY(decode(${bytes}))`;
}
