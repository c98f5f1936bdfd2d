import { quoteLiteral } from '../model/pipeline/sql-text.ts';
import type { DataType, StructField } from '../model/table/table-schema.ts';
import { fieldOf } from './json-columns.ts';

/** Containers and steps that lead to them, from the record's top. `*` stands for all elements or values. */
type Path = readonly (string | { readonly all: 'elements' | 'values' })[];

interface Container {
  readonly path: Path;
  readonly expected: 'OBJECT' | 'ARRAY';
  /** SQL: could the JSON hold something else here? Cheap, and false for nearly all records. */
  readonly suspicion: string;
}

/**
 * SQL that is true where the JSON holds something other than the object or array that the schema says; `undefined` for a
 * scalar column. `from_json` is silent about those: an array becomes null and an object becomes one with null fields. So
 * only such results are looked up in the JSON again.
 */
export function containerMismatch(field: StructField, text: string, json: string): string | undefined {
  const containers = containersIn(field.type, [field.name], text);
  if (containers.length === 0) return undefined;
  const suspicion = [...new Set(containers.map((c) => c.suspicion))].join(' OR ');
  const proofs = containers.map((container) => mismatchAt(container, json)).join(' OR ');
  return `CASE WHEN ${suspicion} THEN ${proofs} ELSE false END`;
}

function containersIn(type: DataType, path: Path, text: string, outer?: string): Container[] {
  if (typeof type === 'string') return [];
  if (type.type === 'struct') {
    const allNull = type.fields.map((f) => `${fieldOf(text, f.name)} IS NULL`).join(' AND ');
    const suspicion = outer ?? `(${text} IS NOT NULL AND ${allNull})`;
    const inner = type.fields.flatMap((f) => containersIn(f.type, [...path, f.name], fieldOf(text, f.name), outer));
    return [{ path, expected: 'OBJECT', suspicion }, ...inner];
  }
  const isArray = type.type === 'array';
  // Inside lists there is no cheap suspicion: every record that has one is looked at.
  const below = outer ?? `${text} IS NOT NULL`;
  const elementType = isArray ? type.elementType : type.valueType;
  const inner = containersIn(elementType, [...path, { all: isArray ? 'elements' : 'values' }], text, below);
  return [{ path, expected: isArray ? 'ARRAY' : 'OBJECT', suspicion: outer ?? `${text} IS NULL` }, ...inner];
}

function mismatchAt({ path, expected }: Container, json: string): string {
  if (path.every((step) => typeof step === 'string')) {
    return `coalesce(json_type(${json}, ${quoteLiteral(pointerTo(path))}) NOT IN ('${expected}', 'NULL'), false)`;
  }
  const other = `lambda __kb_j: json_type(__kb_j) NOT IN ('${expected}', 'NULL')`;
  return `coalesce(len(list_filter(${allAt(path, json)}, ${other})) > 0, false)`;
}

/** RFC 6901. */
export function pointerTo(names: readonly string[]): string {
  return names.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** The opposite of `pointerTo`. */
export function namesOf(pointer: string): readonly string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** A list of all JSON at a path with elements in it. */
function allAt(path: Path, json: string, depth = 0): string {
  if (!path.includes('*')) {
    const steps = path.map((step) => {
      if (typeof step !== 'string') return wildcard(step);
      return `."${step.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
    });
    return `json_extract(${json}, ${quoteLiteral(`$${steps.join('')}`)})`;
  }
  // The engine takes a field that is called * for a wildcard, even in quotes, but not in a JSON pointer.
  const names = path
    .slice(
      0,
      path.findIndex((step) => typeof step !== 'string'),
    )
    .filter((step) => typeof step === 'string');
  const [step, ...rest] = path.slice(names.length);
  const container = names.length === 0 ? json : `json_extract(${json}, ${quoteLiteral(pointerTo(names))})`;
  const element = `__kb_j${depth}`;
  const elements = `json_extract(${container}, '$${typeof step === 'object' ? wildcard(step) : ''}')`;
  if (rest.length === 0) return elements;
  if (rest.every((name) => typeof name === 'string')) {
    return `list_transform(${elements}, lambda ${element}: json_extract(${element}, ${quoteLiteral(pointerTo(rest))}))`;
  }
  return `flatten(list_transform(${elements}, lambda ${element}: ${allAt(rest, element, depth + 1)}))`;
}

function wildcard({ all }: Exclude<Path[number], string>): string {
  return all === 'elements' ? '[*]' : '.*';
}
