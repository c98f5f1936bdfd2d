import type { ColumnFacts } from './column-facts.ts';
import { compareValues, type RowFilter } from './row-filter.ts';

/** May a file have a row for which the filter is true? Where nothing says otherwise, it may. */
export function mayHold(filter: RowFilter, factsOf: (path: readonly string[]) => ColumnFacts | undefined): boolean {
  switch (filter.kind) {
    case 'unknown':
      return true;
    case 'and':
      return filter.filters.every((each) => mayHold(each, factsOf));
    case 'or':
      return filter.filters.some((each) => mayHold(each, factsOf));
    case 'isNull':
      return factsOf(filter.path)?.nulls !== 'none';
    case 'isNotNull':
      return factsOf(filter.path)?.nulls !== 'all';
    case 'compare': {
      const facts = factsOf(filter.path);
      return facts === undefined || mayCompare(filter, facts);
    }
  }
}

function mayCompare(
  { operator, value }: Extract<RowFilter, { readonly kind: 'compare' }>,
  { type, min, max, nulls }: ColumnFacts,
): boolean {
  if (nulls === 'all') return false;
  const fromMin = min && compareValues(min, value);
  const fromMax = max && compareValues(max, value);
  // DuckDB's NaN is above every number, and statistics may pass over it.
  const isBoundedAbove = type !== 'float' && type !== 'double';
  switch (operator) {
    case '=':
      return !((fromMin !== undefined && fromMin > 0) || (fromMax !== undefined && fromMax < 0));
    case '<':
      return !(fromMin !== undefined && fromMin >= 0);
    case '<=':
      return !(fromMin !== undefined && fromMin > 0);
    case '>':
      return !(isBoundedAbove && fromMax !== undefined && fromMax <= 0);
    case '>=':
      return !(isBoundedAbove && fromMax !== undefined && fromMax < 0);
  }
}
