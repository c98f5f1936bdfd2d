import { expect } from 'vitest';
import { aggregates, type WindowRow } from './scenario.ts';

/** A row as plain values, the same whichever engine printed it. */
export function plainRow(row: WindowRow): WindowRow {
  const values = Object.keys(aggregates).map((name): [string, unknown] => [name, plainValue(row[name])]);
  return { startMs: row['startMs'], endMs: row['endMs'], id: row['id'], ...Object.fromEntries(values) };
}

function plainValue(value: unknown): unknown {
  return value === undefined || value === null ? null : typeof value === 'boolean' ? value : Number(value);
}

/** Fails unless both have the same windows with the same values; doubles may differ by the order of their additions. */
export function expectSameWindows(found: readonly WindowRow[], expected: readonly WindowRow[] | undefined): void {
  const byWindow = (rows: readonly WindowRow[]): WindowRow[] => rows.map(plainRow).toSorted(compareRows);
  const theirs = byWindow(expected ?? []);
  const near = theirs.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        isFraction(value) ? (expect.closeTo(value, 7) as unknown) : value,
      ]),
    ),
  );
  expect(byWindow(found)).toEqual(near);
}

function isFraction(value: unknown): value is number {
  return typeof value === 'number' && !Number.isInteger(value);
}

export function compareRows(left: WindowRow, right: WindowRow): number {
  const [a, b] = [left, right].map(({ startMs, endMs, id }) => `${String(startMs)} ${String(endMs)} ${String(id)}`);
  return (a ?? '') < (b ?? '') ? -1 : 1;
}
