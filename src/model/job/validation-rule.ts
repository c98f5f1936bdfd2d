import { decimalParts, isDecimal } from '../pipeline/sql-text.ts';
import type { DataType } from '../table/table-schema.ts';

/** What must hold for a record, and what becomes of it where it does not. */
export interface ValidationRule {
  readonly name: string;
  readonly check: ValueCheck | { readonly sql: string };
  readonly onFailure: RuleAction;
}

/** A record that fails is a dead letter, a row that says so, or a counted drop. Rejecting goes before dropping. */
export const ruleActions = ['reject', 'flag', 'drop'] as const;
export type RuleAction = (typeof ruleActions)[number];

/** Of one field, as `findField` reads it. Only `required` fails for null. */
export interface ValueCheck {
  readonly field: string;
  readonly required: boolean;
  /** Numerals, or ISO 8601 for dates and timestamps; both bounds belong to the range. */
  readonly min?: string;
  readonly max?: string;
  /** Code points of a text, elements of an array, entries of a map. */
  readonly minLength?: number;
  readonly maxLength?: number;
  /** RE2; the whole text must match. */
  readonly pattern?: string;
  readonly format?: ValueFormat;
  readonly oneOf?: readonly string[];
}

export const valueFormats = ['uuid', 'email', 'ipv4', 'ipv6', 'iso8601', 'url'] as const;
export type ValueFormat = (typeof valueFormats)[number];

/** What a validation column can hold. */
export const validationTypes = {
  /** `valid` or `invalid`. */
  status: 'string',
  /** The share of rules that hold, 0 to 1. */
  score: 'double',
  /** Names of the rules that do not hold. */
  failures: { type: 'array', elementType: 'string', containsNull: false },
} as const satisfies Record<string, DataType>;

export type ValidationContent = keyof typeof validationTypes;

const integers: ReadonlySet<DataType> = new Set<DataType>(['long', 'integer', 'short', 'byte']);
const floats: ReadonlySet<DataType> = new Set<DataType>(['double', 'float']);
const instants: ReadonlySet<DataType> = new Set<DataType>(['date', 'timestamp', 'timestamp_ntz']);
const listed: ReadonlySet<DataType> = new Set<DataType>(['string', 'boolean', 'date', ...integers]);

/** Why a check cannot be used on a field of the type. */
export function validationProblem(type: DataType, check: ValueCheck): string | undefined {
  const bounds = [check.min, check.max].filter((bound) => bound !== undefined);
  const badBound = bounds.map((bound) => boundProblem(type, bound)).find((problem) => problem !== undefined);
  if (badBound !== undefined) return badBound;
  const asksLength = check.minLength !== undefined || check.maxLength !== undefined;
  if (asksLength && type !== 'string' && (typeof type === 'string' || type.type === 'struct')) {
    return 'minLength and maxLength are for strings, arrays and maps';
  }
  if ((check.pattern !== undefined || check.format !== undefined) && type !== 'string') {
    return 'pattern and format are for strings';
  }
  if (check.oneOf !== undefined && !listed.has(type)) return 'oneOf is for strings, whole numbers, booleans and dates';
  return undefined;
}

function boundProblem(type: DataType, bound: string): string | undefined {
  const written = `${bound} is no bound for the field; expected`;
  if (integers.has(type)) return /^-?\d{1,37}$/.test(bound) ? undefined : `${written} a whole number`;
  if (floats.has(type)) return Number.isFinite(Number(bound)) ? undefined : `${written} a number`;
  if (isDecimal(type)) {
    const { precision, scale } = decimalParts(type);
    const fits = new RegExp(`^-?\\d{1,${Math.max(1, precision - scale)}}(\\.\\d{0,${scale}})?$`).test(bound);
    return fits ? undefined : `${written} a number that a ${type} can hold`;
  }
  if (instants.has(type)) {
    const isIso = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})?)?$/.test(bound);
    return isIso && !Number.isNaN(Date.parse(bound)) ? undefined : `${written} a date or time in ISO 8601`;
  }
  return 'min and max are for numbers, dates and timestamps';
}
