import { isUsableName } from '../model/table/column-name.ts';
import { unusableNames } from './field-names.ts';
import { inferNumber, inferText } from './infer-scalar.ts';
import { Observation, type JsonKind } from './observation.ts';
import type { InferredField, InferredType } from './inferred-field.ts';
import { looksPersonal } from './personal-data.ts';
import { field, type DataType, type StructField } from '../model/table/table-schema.ts';

/**
 * The fields of objects, in the order in which they were first seen. `holders` is how many objects there were; what is
 * within an object that may be about a person may be as well.
 */
export function inferFields(
  seen: ReadonlyMap<string, Observation>,
  holders: number,
  isPersonal = false,
): readonly InferredField[] {
  const unusable = unusableNames(seen);
  return [...seen].flatMap(([name, observation]): InferredField[] =>
    unusable.has(name) ? [] : [inferField(name, observation, holders, isPersonal)],
  );
}

function inferField(name: string, seen: Observation, holders: number, isOuterPersonal: boolean): InferredField {
  const isPersonal = isOuterPersonal || looksPersonal(name, seen);
  const { fields = [], leftOut = [], remarks, ...inferred } = inferType(name, seen, isPersonal);
  return {
    ...inferred,
    name,
    share: seen.nonNull / holders,
    isPersonal,
    remarks: [
      ...remarks,
      ...(isPersonal && fields.length === 0 ? ['may be about a person, so no value is shown'] : []),
    ],
    fields,
    leftOut,
  };
}

function inferType(name: string, seen: Observation, isPersonal: boolean): InferredType {
  const [kind, ...others] = seen.kinds.keys();
  if (kind === undefined) return { type: 'string', remarks: ['always null'], example: null };
  if (others.length > 0) return { type: 'string', remarks: [`mixed types: ${shares(seen)}`], example: 'text' };
  switch (kind) {
    case 'boolean':
      return { type: 'boolean', remarks: [], example: true };
    case 'number':
      return inferNumber(name, seen.numbers, isPersonal);
    case 'string':
      return inferText(seen, isPersonal);
    case 'array':
      return inferArray(name, seen.elements ?? new Observation(), isPersonal);
    case 'object':
      return inferObject(name, seen, isPersonal);
  }
}

function shares({ kinds, nonNull }: Observation): string {
  return [...kinds].map(([kind, count]: [JsonKind, number]) => `${kind} ${percent(count / nonNull)}`).join(', ');
}

function inferArray(name: string, elements: Observation, isPersonal: boolean): InferredType {
  if (elements.nonNull === 0) {
    const elementType: DataType = 'string';
    return { type: { type: 'array', elementType, containsNull: true }, remarks: ['always empty'], example: [] };
  }
  const { type, remarks, example } = inferType(name, elements, isPersonal);
  return { type: { type: 'array', elementType: type, containsNull: true }, remarks, example: [example] };
}

function inferObject(name: string, seen: Observation, isPersonal: boolean): InferredType {
  if (seen.fields.size === 0)
    return { type: 'string', remarks: ['always an empty object, kept as JSON'], example: '{}' };
  if (isMap(seen)) {
    const values = new Observation();
    for (const inner of seen.fields.values()) values.merge(inner);
    const { type, remarks, example } = inferType(name, values, isPersonal);
    return {
      type: { type: 'map', keyType: 'string', valueType: type, valueContainsNull: true },
      remarks: [`${seen.fields.size} different keys`, ...remarks],
      example: { key: example },
    };
  }
  const fields = inferFields(seen.fields, seen.nonNull, isPersonal);
  const leftOut = [...unusableNames(seen.fields)];
  return {
    type: { type: 'struct', fields: fields.map(structField) },
    remarks: leftOut.length === 0 ? [] : [`without ${leftOut.length} of its fields, which cannot be columns`],
    leftOut,
    example: Object.fromEntries(fields.map(({ name: inner, example }) => [inner, example])),
    fields,
  };
}

/** Keys that are data: numbers, ids and dates, or very many of which each object has few. */
function isMap({ fields, nonNull }: Observation): boolean {
  const names = [...fields.keys()];
  if (names.every((name) => !isUsableName(name) || /^\d|^[0-9a-f]{8}-[0-9a-f]{4}-/i.test(name))) return true;
  const share = [...fields.values()].reduce((sum, inner) => sum + inner.count, 0) / (fields.size * nonNull);
  return names.length >= 20 && share < 0.3;
}

/** That a value was always there does not say that it has to be: no field is `not null`. */
export function structField({ name, type }: InferredField): StructField {
  return field(name, type);
}

export function percent(share: number): string {
  return share === 1 ? '100 %' : `${(Math.floor(share * 1000) / 10).toFixed(1)} %`;
}
