import { isDecimal } from '../pipeline/sql-text.ts';
import type { DataType } from '../table/table-schema.ts';

/** What becomes of one field: text first, in the order of the list, then null tokens, then the time. */
export interface NormalizeRule {
  /** As `findField` reads it. */
  readonly field: string;
  readonly text: readonly TextOperation[];
  /** Texts that stand for null. */
  readonly nullTokens: readonly string[];
  readonly timestamp?: TimestampRule;
}

export const textOperations = ['trim', 'lower', 'upper', 'emptyToNull'] as const;
export type TextOperation = (typeof textOperations)[number];

export interface TimestampRule {
  readonly to: 'milliseconds' | 'iso8601' | 'timestamp';
  /** Of numbers. `auto` tells seconds, milliseconds, microseconds and nanoseconds apart by their size. */
  readonly unit: 'auto' | 'seconds' | 'milliseconds' | 'microseconds';
  /** A time that cannot be read. */
  readonly onFailure: 'reject' | 'null';
}

const instantTypes = { milliseconds: 'long', iso8601: 'string', timestamp: 'timestamp' } as const;

/** The type that a field has after its rule. */
export function normalizedType(type: DataType, { timestamp }: Pick<NormalizeRule, 'timestamp'>): DataType {
  return timestamp === undefined ? type : instantTypes[timestamp.to];
}

/** Why a rule cannot be used on a field of the type. */
export function normalizeProblem(type: DataType, rule: NormalizeRule): string | undefined {
  if ((rule.text.length > 0 || rule.nullTokens.length > 0) && type !== 'string') {
    return 'text and nullTokens are for strings';
  }
  if (rule.timestamp !== undefined && !holdsTime(type)) {
    return 'timestamp is for strings, numbers, dates and timestamps';
  }
  return undefined;
}

function holdsTime(type: DataType): boolean {
  return typeof type === 'string' && (isDecimal(type) || !['boolean', 'binary'].includes(type));
}
