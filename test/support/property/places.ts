import type { DataType, StructField } from '../../../src/model/table/table-schema.ts';
import type { PlainValue } from '../parquet-reader.ts';

/** A place in a schema, as a test knows it without reading its name. */
export interface Place {
  /** As job files write it. */
  readonly text: string;
  /** Names lead into structs, `[]` of an array and `{}` of a map to all elements. */
  readonly steps: readonly PlaceStep[];
  readonly type: DataType;
}

type PlaceStep = { readonly name: string } | '[]' | '{}';

/** All places of the columns whose text names one place only. */
export function placesOf(fields: readonly StructField[]): Place[] {
  const all = fields.flatMap(({ name, type }) => inside({ text: name, steps: [{ name }], type }));
  const counts = Map.groupBy(all, ({ text }) => text);
  return all.filter(({ text }) => counts.get(text)?.length === 1);
}

function inside(place: Place): Place[] {
  const { text, steps, type } = place;
  if (typeof type === 'string') return [place];
  switch (type.type) {
    case 'array':
      return [place, ...inside({ text: `${text}[]`, steps: [...steps, '[]'], type: type.elementType })];
    case 'map':
      return [place, ...inside({ text: `${text}[]`, steps: [...steps, '{}'], type: type.valueType })];
    case 'struct':
      return [
        place,
        ...type.fields.flatMap(({ name, type: inner }) =>
          inside({ text: `${text}.${name}`, steps: [...steps, { name }], type: inner }),
        ),
      ];
  }
}

/** All values at a place: a field of what is null is null, and null has no elements. */
export function valuesAt(value: PlainValue, [step, ...rest]: Place['steps']): PlainValue[] {
  if (step === undefined) return [value];
  if (typeof step === 'object') return valuesAt(fieldsOf(value)[step.name] ?? null, rest);
  return elementsOf(value).flatMap((element) => valuesAt(step === '[]' ? element : entryOf(element)[1], rest));
}

/** The value with another one at a place. Nulls stay. */
export function withValuesAt(
  value: PlainValue,
  [step, ...rest]: Place['steps'],
  change: (value: PlainValue) => PlainValue,
): PlainValue {
  if (value === null) return null;
  if (step === undefined) return change(value);
  if (typeof step === 'object') {
    const fields = fieldsOf(value);
    return { ...fields, [step.name]: withValuesAt(fields[step.name] ?? null, rest, change) };
  }
  return elementsOf(value).map((element) => {
    if (step === '[]') return withValuesAt(element, rest, change);
    const [key, inner] = entryOf(element);
    return [key, withValuesAt(inner, rest, change)];
  });
}

/** The type with another one at a place. */
export function withTypeAt(type: DataType, [step, ...rest]: Place['steps'], changed: DataType): DataType {
  if (step === undefined) return changed;
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'array':
      return { ...type, elementType: withTypeAt(type.elementType, rest, changed) };
    case 'map':
      return { ...type, valueType: withTypeAt(type.valueType, rest, changed) };
    case 'struct':
      return {
        ...type,
        fields: type.fields.map((field) =>
          typeof step === 'object' && field.name === step.name
            ? { ...field, type: withTypeAt(field.type, rest, changed) }
            : field,
        ),
      };
  }
}

function elementsOf(value: PlainValue): readonly PlainValue[] {
  return Array.isArray(value) ? (value as readonly PlainValue[]) : [];
}

function entryOf(element: PlainValue): readonly [key: PlainValue, value: PlainValue] {
  const [key = null, value = null] = elementsOf(element);
  return [key, value];
}

function fieldsOf(value: PlainValue): Readonly<Record<string, PlainValue>> {
  return value === null || typeof value !== 'object' || Array.isArray(value)
    ? {}
    : (value as Readonly<Record<string, PlainValue>>);
}

/** A value of a type that is neither nested nor null. */
export function scalarText(value: PlainValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function codePoints(text: string): string[] {
  return Array.from(text);
}
