import { decimalParts, isDecimal } from '../pipeline/sql-text.ts';
import type { DataType, PrimitiveType, StructField } from './table-schema.ts';

/** A place of two schemas where their types differ: `customer.tags[]`. */
export interface TypeDifference {
  readonly place: string;
  readonly held: DataType;
  readonly wanted: DataType;
}

/** What comes of laying wanted fields over those that are held. */
export interface SchemaMerge {
  /** The held fields in their order, with wider types where those are wanted, and after them the added ones. */
  readonly fields: readonly StructField[];
  /** Places of fields that are wanted and not held. */
  readonly added: readonly string[];
  readonly widened: readonly TypeDifference[];
  /** The held type is the wider one: it takes all that is wanted, once that is read as the held type. */
  readonly narrower: readonly TypeDifference[];
  readonly conflicts: readonly TypeDifference[];
  /** Fields whose names differ in case alone, which tables cannot tell apart. */
  readonly misspelt: readonly { readonly place: string; readonly wanted: string }[];
}

interface Findings {
  readonly widen: boolean;
  readonly added: string[];
  readonly widened: TypeDifference[];
  readonly narrower: TypeDifference[];
  readonly conflicts: TypeDifference[];
  readonly misspelt: { readonly place: string; readonly wanted: string }[];
}

/**
 * Merges fields by name, at any depth, also inside arrays and maps. Where types conflict or names differ in case alone,
 * the held field stays, and without `widen` also where a wider type is wanted. Added fields can be null: rows from before
 * have no value for them.
 */
export function mergeFields(
  held: readonly StructField[],
  wanted: readonly StructField[],
  { widen }: { readonly widen: boolean } = { widen: true },
): SchemaMerge {
  const findings: Findings = { widen, added: [], widened: [], narrower: [], conflicts: [], misspelt: [] };
  const fields = mergeWithin(held, wanted, '', findings);
  const { added, widened, narrower, conflicts, misspelt } = findings;
  return { fields, added, widened, narrower, conflicts, misspelt };
}

/** Does the merge leave what is held as it is, and is all that is wanted in it? */
export function isCovered({ added, widened, conflicts, misspelt }: SchemaMerge): boolean {
  return added.length + widened.length + conflicts.length + misspelt.length === 0;
}

function mergeWithin(
  held: readonly StructField[],
  wanted: readonly StructField[],
  outer: string,
  findings: Findings,
): readonly StructField[] {
  const byName = new Map(wanted.map((field) => [field.name.toLowerCase(), field]));
  const known = new Set(held.map(({ name }) => name.toLowerCase()));
  const merged = held.map((field): StructField => {
    const other = byName.get(field.name.toLowerCase());
    const place = `${outer}${field.name}`;
    if (other === undefined) return field;
    if (other.name !== field.name) {
      findings.misspelt.push({ place, wanted: other.name });
      return field;
    }
    return { ...field, type: mergeTypes(field.type, other.type, place, findings) };
  });
  const added = wanted.filter(({ name }) => !known.has(name.toLowerCase()));
  findings.added.push(...added.map(({ name }) => `${outer}${name}`));
  return [...merged, ...added.map((field) => ({ ...field, nullable: true }))];
}

function mergeTypes(held: DataType, wanted: DataType, place: string, findings: Findings): DataType {
  if (typeof held === 'string' || typeof wanted === 'string') {
    if (held === wanted) return held;
    const difference = { place, held, wanted };
    if (typeof held === 'string' && typeof wanted === 'string') {
      if (isWidening(held, wanted)) {
        findings.widened.push(difference);
        return findings.widen ? wanted : held;
      }
      if (isWidening(wanted, held)) {
        findings.narrower.push(difference);
        return held;
      }
    }
    findings.conflicts.push(difference);
    return held;
  }
  if (held.type === 'struct' && wanted.type === 'struct') {
    return { ...held, fields: mergeWithin(held.fields, wanted.fields, `${place}.`, findings) };
  }
  if (held.type === 'array' && wanted.type === 'array') {
    return { ...held, elementType: mergeTypes(held.elementType, wanted.elementType, `${place}[]`, findings) };
  }
  if (held.type === 'map' && wanted.type === 'map' && held.keyType === wanted.keyType) {
    return { ...held, valueType: mergeTypes(held.valueType, wanted.valueType, `${place}[]`, findings) };
  }
  findings.conflicts.push({ place, held, wanted });
  return held;
}

const integers: readonly PrimitiveType[] = ['byte', 'short', 'integer', 'long'];

/**
 * Does every value of the first type have the same value in the second? Those of the type changes that Delta allows
 * (PROTOCOL.md, Type Widening) which its own writers make by themselves: integers do not become decimals or doubles.
 */
export function isWidening(from: PrimitiveType, to: PrimitiveType): boolean {
  if (integers.includes(from)) return integers.indexOf(to) > integers.indexOf(from);
  if (from === 'float') return to === 'double';
  if (!isDecimal(from) || !isDecimal(to) || from === to) return false;
  const [narrow, wide] = [decimalParts(from), decimalParts(to)];
  const moreScale = wide.scale - narrow.scale;
  return moreScale >= 0 && wide.precision - narrow.precision >= moreScale;
}

/** A type in one line, without what makes no difference to its values: nullability inside of it, and metadata. */
export function typeText(type: DataType): string {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'struct':
      return `struct<${type.fields.map(({ name, type: inner }) => `${name}: ${typeText(inner)}`).join(', ')}>`;
    case 'array':
      return `array<${typeText(type.elementType)}>`;
    case 'map':
      return `map<${typeText(type.keyType)}, ${typeText(type.valueType)}>`;
  }
}
