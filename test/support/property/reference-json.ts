import type { DataType, StructField } from '../../../src/model/table/table-schema.ts';
import type { PlainValue } from '../parquet-reader.ts';
import { jsonText, type JsonEntry, type JsonTree } from './json-tree.ts';
import { referenceScalar } from './reference-values.ts';

export interface ReferenceParse {
  readonly schema: readonly StructField[];
  readonly onCastFailure: 'reject' | 'null';
  readonly extraFields: 'drop' | 'keep' | 'reject';
}

export type ReferenceOutcome =
  | { readonly kind: 'row'; readonly values: Readonly<Record<string, PlainValue>> }
  | { readonly kind: 'deadLetter'; readonly code: string };

const compact = { space: '', escapesAll: false };

/** What one JSON object becomes, by the letter of docs/jobs.md. */
export function referenceParse(
  { schema, onCastFailure, extraFields }: ReferenceParse,
  tree: JsonTree,
): ReferenceOutcome {
  if (tree.kind !== 'object') return { kind: 'deadLetter', code: 'NOT_AN_OBJECT' };
  const reads = schema.map((field) => ({ field, read: readValue(field.type, firstOf(tree.entries, field.name)) }));
  if (onCastFailure === 'reject' && reads.some(({ read }) => read.failed)) {
    return { kind: 'deadLetter', code: 'CAST_FAILED' };
  }
  const values = reads.map(({ field, read }) => [field.name, read.isOtherKind ? null : read.value] as const);
  const isComplete = reads.every(({ field }, index) => isWhole(field.type, field.nullable, values[index]?.[1] ?? null));
  if (!isComplete) return { kind: 'deadLetter', code: 'REQUIRED_MISSING' };
  const extra = extraEntries(schema, tree, '', structPaths(schema, ''));
  if (extraFields === 'reject' && extra.length > 0) return { kind: 'deadLetter', code: 'EXTRA_FIELDS' };
  const kept =
    extraFields === 'keep'
      ? { _extra: extra.length === 0 ? null : jsonText({ kind: 'object', entries: extra }, compact) }
      : {};
  return { kind: 'row', values: { ...Object.fromEntries(values), ...kept } };
}

/** Fields that the schema does not name, of the record and of the structs in it, by their dotted path. */
function extraEntries(
  fields: readonly StructField[],
  tree: JsonTree | undefined,
  outer: string,
  structs: readonly string[],
): readonly JsonEntry[] {
  if (tree?.kind !== 'object') return [];
  const known = new Set(fields.map(({ name }) => name));
  const unknown = new Map(tree.entries.toReversed().filter(([name]) => !known.has(name)));
  const inside = structs
    .filter((path) => path.startsWith(outer) && path !== outer)
    .map((path) => path.slice(outer.length));
  // A name that looks like the path into a struct is put into backticks.
  const quoted = (name: string): string => (inside.some((path) => name.startsWith(path)) ? `\`${name}\`` : name);
  const own = [...unknown].map(([name, value]): JsonEntry => [`${outer}${quoted(name)}`, value]);
  const nested = fields.flatMap(({ name, type }) =>
    typeof type === 'object' && type.type === 'struct'
      ? extraEntries(type.fields, firstOf(tree.entries, name), `${outer}${name}.`, structs)
      : [],
  );
  return [...own, ...nested];
}

/** `a.`, `a.b.`: how paths into the structs of a schema begin. */
function structPaths(fields: readonly StructField[], outer: string): readonly string[] {
  return fields.flatMap(({ name, type }) => {
    if (typeof type === 'string' || type.type !== 'struct') return [];
    return [`${outer}${name}.`, ...structPaths(type.fields, `${outer}${name}.`)];
  });
}

interface Read {
  readonly value: PlainValue;
  /** Something in it does not fit its type. */
  readonly failed: boolean;
  /** An object or array was expected somewhere, or anything else but that: the whole column is null where that is allowed. */
  readonly isOtherKind: boolean;
}

const nothing: Read = { value: null, failed: false, isOtherKind: false };
const unfit: Read = { value: null, failed: true, isOtherKind: false };
const otherKind: Read = { value: null, failed: true, isOtherKind: true };

function readValue(type: DataType, tree: JsonTree | undefined): Read {
  if (tree === undefined || tree.kind === 'null') return nothing;
  if (typeof type === 'string') {
    const value = referenceScalar(type, scalarText(tree));
    return value === undefined ? unfit : { value, failed: false, isOtherKind: false };
  }
  switch (type.type) {
    case 'array': {
      if (tree.kind !== 'array') return otherKind;
      const reads = tree.items.map((item) => readValue(type.elementType, item));
      return { ...together(reads), value: reads.map(({ value }) => value) };
    }
    case 'map': {
      if (tree.kind !== 'object') return otherKind;
      const names = [...new Set(tree.entries.map(([name]) => name))];
      const reads = names.map((name) => readValue(type.valueType, firstOf(tree.entries, name)));
      // What does not fit is noticed in all entries of a map, also where only the first of its key is kept.
      const all = tree.entries.map(([, value]) => readValue(type.valueType, value));
      return { ...together(all), value: reads.map(({ value }, index) => [names[index] ?? '', value]) };
    }
    case 'struct': {
      if (tree.kind !== 'object') return otherKind;
      const reads = type.fields.map((field) => readValue(field.type, firstOf(tree.entries, field.name)));
      const values = type.fields.map(({ name }, index) => [name, reads[index]?.value ?? null] as const);
      return { ...together(reads), value: Object.fromEntries(values) };
    }
  }
}

/** Of keys that occur twice the first counts. */
function firstOf(entries: readonly JsonEntry[], name: string): JsonTree | undefined {
  return entries.find(([key]) => key === name)?.[1];
}

function together(reads: readonly Read[]): { failed: boolean; isOtherKind: boolean } {
  return { failed: reads.some((read) => read.failed), isOtherKind: reads.some((read) => read.isOtherKind) };
}

function scalarText(tree: JsonTree): string {
  if (tree.kind === 'string') return tree.value;
  return tree.kind === 'number' ? tree.numeral : jsonText(tree, compact);
}

/** Is everything there that is required? What lies in a null is not asked for. */
function isWhole(type: DataType, nullable: boolean, value: PlainValue): boolean {
  if (value === null) return nullable;
  if (typeof type === 'string') return true;
  switch (type.type) {
    case 'array':
      return (
        Array.isArray(value) && value.every((item: PlainValue) => isWhole(type.elementType, type.containsNull, item))
      );
    case 'map':
      return (
        Array.isArray(value) &&
        value.every((entry: readonly PlainValue[]) => isWhole(type.valueType, type.valueContainsNull, entry[1] ?? null))
      );
    case 'struct':
      return type.fields.every(({ name, type: inner, nullable: mayBeNull }) => {
        const fields = value as Readonly<Record<string, PlainValue>>;
        return isWhole(inner, mayBeNull, fields[name] ?? null);
      });
  }
}
