import { aggregates, type WindowRow } from './scenario.ts';

/** One line for a row, the same whichever engine printed it; doubles may differ by the order of their additions. */
export function comparable(row: WindowRow): string {
  const values = Object.keys(aggregates).map((name) => `${name}=${valueText(row[name])}`);
  return `${String(row['startMs'])} ${String(row['endMs'])} ${String(row['id'])} ${values.join(' ')}`;
}

function valueText(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'boolean') return String(value);
  const number = Number(value);
  return Number.isFinite(number) ? `${Number(number.toPrecision(9)) + 0}` : String(value);
}
