import type { DuckDBConnection } from '@duckdb/node-api';
import type { PartitionCoverage, Segment } from './coverage.ts';
import { positionKey, type TopicLedger } from './topic-ledger.ts';

/**
 * Coverage where the log was cleaned up without keeping its notes: what lies before the first known commit is taken to
 * begin at the first row or dead letter that the tables hold. Partitions of which only the `txn` is left end there.
 */
export async function completeCoverage(
  connection: DuckDBConnection,
  ledger: TopicLedger,
): Promise<readonly PartitionCoverage[]> {
  if (ledger.fromTheStart) return ledger.coverages;
  const first = await firstOffsets(connection);
  const known = new Set(ledger.coverages.map(positionKey));
  const forgotten: PartitionCoverage[] = [...ledger.positions].flatMap(([key, position]) => {
    if (known.has(key)) return [];
    const cut = key.lastIndexOf('/');
    return [
      { topicId: key.slice(0, cut), partition: Number(key.slice(cut + 1)), position, segments: [], problems: [] },
    ];
  });
  return [...ledger.coverages, ...forgotten].map((coverage) => {
    const startOffset = first.get(coverage.partition);
    const endOffset = coverage.segments[0]?.startOffset ?? coverage.position;
    if (startOffset === undefined || startOffset >= endOffset) return coverage;
    const assumed: Segment = { startOffset, endOffset, version: 0, counts: undefined, isAssumed: true };
    return { ...coverage, segments: [assumed, ...coverage.segments] };
  });
}

async function firstOffsets(connection: DuckDBConnection): Promise<Map<number, bigint>> {
  const reader = await connection.runAndReadAll(`
    SELECT part, min(off) FROM (
      SELECT part, off FROM verify_rows UNION ALL SELECT part, off FROM verify_dead_letters
    ) WHERE part IS NOT NULL AND off IS NOT NULL GROUP BY part`);
  return new Map(reader.getRows().map(([part, off]) => [Number(part), BigInt(String(off))]));
}
