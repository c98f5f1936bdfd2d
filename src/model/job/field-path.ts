import type { DataType, StructField } from '../table/table-schema.ts';

/** A step from a value into it: a field of a struct, or all elements of an array (all values of a map). */
export type FieldStep =
  { readonly kind: 'field'; readonly name: string } | { readonly kind: 'elements'; readonly of: 'array' | 'map' };

/** A place in a schema: a column, then further in. */
export interface FieldPlace {
  readonly steps: readonly FieldStep[];
  readonly type: DataType;
}

/**
 * The place that a text such as `customer.email` or `contacts[].phone` names: dots lead into structs, `[]` into all
 * elements of an array or all values of a map. Names that hold dots themselves are tried as well, the longest first.
 */
export function findField(fields: readonly StructField[], text: string): FieldPlace | undefined {
  for (const { name, type } of fields.toSorted((left, right) => right.name.length - left.name.length)) {
    if (!text.startsWith(name)) continue;
    const found = findWithin(type, text.slice(name.length));
    if (found) return { ...found, steps: [{ kind: 'field', name }, ...found.steps] };
  }
  return undefined;
}

function findWithin(type: DataType, rest: string): FieldPlace | undefined {
  if (rest === '') return { steps: [], type };
  if (typeof type === 'string') return undefined;
  if (type.type === 'struct') return rest.startsWith('.') ? findField(type.fields, rest.slice(1)) : undefined;
  if (!rest.startsWith('[]')) return undefined;
  const found = findWithin(type.type === 'array' ? type.elementType : type.valueType, rest.slice(2));
  return found && { ...found, steps: [{ kind: 'elements', of: type.type }, ...found.steps] };
}
