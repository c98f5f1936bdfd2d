import { quoteIdentifier } from '../model/pipeline/sql-text.ts';
import type { Clustering } from '../model/job/maintenance.ts';

/** Bits of each column's rank that go into the curve. */
const rankBits = 10;

/** The rows of a view in the order of a clustering. Z-order interleaves the bits of the columns' ranks among the rows. */
export function clusteredSql(view: string, clustering: Clustering): string {
  const columns = clustering.columns.map(quoteIdentifier);
  switch (clustering.kind) {
    case 'sort':
      return `SELECT * FROM ${view} ORDER BY ${columns.join(', ')}`;
    case 'zOrder': {
      const ranks = columns.map((_, index) => `__rank_${String(index)}`);
      const ranked = columns.map(
        (column, index) => `ntile(${String(2 ** rankBits)}) OVER (ORDER BY ${column}) - 1 AS ${ranks[index] ?? ''}`,
      );
      return (
        `SELECT * EXCLUDE (${ranks.join(', ')}) FROM (SELECT *, ${ranked.join(', ')} FROM ${view}) ` +
        `ORDER BY ${interleavedSql(ranks)}`
      );
    }
  }
}

/** The highest bits first; as an integer of 128 bits, so that 12 columns fit. */
function interleavedSql(ranks: readonly string[]): string {
  const bits: string[] = [];
  for (let bit = 0; bit < rankBits; bit++) {
    for (const [index, rank] of ranks.entries()) {
      const place = bit * ranks.length + (ranks.length - 1 - index);
      bits.push(`((${rank} >> ${String(bit)}) & 1)::HUGEINT * ${String(2n ** BigInt(place))}::HUGEINT`);
    }
  }
  return bits.join(' + ');
}
