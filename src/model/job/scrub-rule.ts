import type { KeyColumns } from './key-step.ts';
import { wholeSources, type MetadataSource } from './metadata-source.ts';
import type { DataType } from '../table/table-schema.ts';

/** How the values of one field are made unreadable. Nulls stay null. */
export interface ScrubRule {
  /** As `findField` reads it. */
  readonly field: string;
  readonly method: ScrubMethod;
}

export type ScrubMethod =
  | { readonly kind: 'hash' }
  /** Code points that stay readable; a text that is not longer than both is masked as a whole. */
  | { readonly kind: 'mask'; readonly keepFirst: number; readonly keepLast: number }
  | { readonly kind: 'remove' };

/** The type that a field has after its rule. */
export function scrubbedType(type: DataType, { method }: ScrubRule): DataType {
  return method.kind === 'hash' ? 'string' : type;
}

/** Why a rule cannot be used on a field of the type. */
export function scrubProblem(type: DataType, { method }: ScrubRule): string | undefined {
  if (method.kind === 'mask' && type !== 'string') return 'mask is for strings; expected hash or remove';
  if (method.kind === 'hash' && typeof type !== 'string')
    return 'hash is for single values; name the fields inside, or remove it';
  return undefined;
}

/**
 * Metadata columns that may hold what is scrubbed elsewhere: whole values and all headers, unless a rule is for all that
 * is in the column, such as `headers[].value`; and keys as they came, where a rule is for a column that was made of them.
 */
export function unscrubbedColumns(
  columns: readonly { readonly name: string; readonly source: MetadataSource }[],
  rules: readonly ScrubRule[],
  key: KeyColumns | undefined,
): readonly string[] {
  const fields = new Set(rules.map(({ field }) => field));
  const isNamed = (name: string): boolean => [name, `${name}[]`, `${name}[].value`].some((field) => fields.has(field));
  const isKeyScrubbed = columnsOfKey(key).some((name) => rules.some(({ field }) => isWithin(name, field)));
  const isWhole = (source: MetadataSource): boolean =>
    wholeSources.has(source) || (isKeyScrubbed && (source === 'key' || source === 'keyBytes'));
  return columns.flatMap(({ name, source }) => (isWhole(source) && !isNamed(name) ? [name] : []));
}

function columnsOfKey(key: KeyColumns | undefined): readonly string[] {
  if (key === undefined) return [];
  return key.kind === 'whole' ? [key.column] : key.fields.map(({ column }) => column);
}

/** Is a field of a rule the column, or something in it? */
function isWithin(column: string, field: string): boolean {
  return field.startsWith(column) && /^(\.|\[\]|$)/.test(field.slice(column.length));
}
