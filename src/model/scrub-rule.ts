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
