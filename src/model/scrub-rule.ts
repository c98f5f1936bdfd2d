import { wholeSources, type MetadataSource } from './metadata-source.ts';
import type { DataType } from './table-schema.ts';

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
 * is in the column, such as `headers[].value`.
 */
export function unscrubbedColumns(
  columns: readonly { readonly name: string; readonly source: MetadataSource }[],
  rules: readonly ScrubRule[],
): readonly string[] {
  const fields = new Set(rules.map(({ field }) => field));
  const isNamed = (name: string): boolean => [name, `${name}[]`, `${name}[].value`].some((field) => fields.has(field));
  return columns.flatMap(({ name, source }) => (wholeSources.has(source) && !isNamed(name) ? [name] : []));
}
