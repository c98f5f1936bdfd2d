import { quoteIdentifier } from '../model/pipeline/sql-text.ts';
import { defaultMetadata } from '../spec/defaults.ts';
import type { InferredField } from './inferred-field.ts';

/** Where the day of the event is in a table. */
export interface EventDate {
  readonly column: string;
  /** The field that it comes from. */
  readonly field: string;
  readonly sql: string;
}

/** The usual metadata columns, under names that no field has. */
export function metadataColumns(fields: readonly InferredField[]): Readonly<Record<string, string>> {
  const taken = new Set(fields.map(({ name }) => name.toLowerCase()));
  return Object.fromEntries(Object.entries(defaultMetadata).map(([name, source]) => [free(name, taken), source]));
}

function free(name: string, taken: ReadonlySet<string>): string {
  return taken.has(name) ? free(`_${name}`, taken) : name;
}

const preferred = [/^event.?(time|timestamp|ts|at|date)$/i, /^(timestamp|ts|time)$/i, /^(occurred|created)/i];

/** A time that nearly every record has tells when the event was; of several the one that is called so. */
export function eventDateOf(
  fields: readonly InferredField[],
  metadata: Readonly<Record<string, string>>,
): EventDate | undefined {
  const times = fields.filter(
    ({ type, epochUnit, share }) =>
      share >= 0.95 && (type === 'timestamp' || type === 'date' || epochUnit !== undefined),
  );
  const rank = ({ name }: InferredField): number => {
    const found = preferred.findIndex((pattern) => pattern.test(name));
    return found < 0 ? preferred.length : found;
  };
  const [best] = times.toSorted((left, right) => rank(left) - rank(right));
  if (best === undefined) return undefined;
  const taken = new Set([...fields.map(({ name }) => name.toLowerCase()), ...Object.keys(metadata)]);
  const sql = `CAST(${quoteIdentifier(best.name)} AS DATE)`;
  return { column: free('_event_date', taken), field: best.name, sql };
}
