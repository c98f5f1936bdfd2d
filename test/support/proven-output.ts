import { openLakeSession, type LakeSession } from '../../src/lake/lake-session.ts';
import type { OutputSpec } from '../../src/model/outputs/output-spec.ts';
import { duckType, quoteIdentifier, quoteLiteral } from '../../src/model/pipeline/sql-text.ts';
import { field, struct, type StructType } from '../../src/model/table/table-schema.ts';
import { compareOutput, type OutputComparison } from '../../src/verify/outputs/compare-output.ts';
import { expectOutput } from '../../src/verify/outputs/expect-output.ts';
import type { Expectation } from '../../src/verify/outputs/expectation.ts';
import type { LaneRow, OutputLane } from './output-lane.ts';
import { jobSpec } from './run-pipeline.ts';

export interface LaneToProve {
  readonly output: OutputSpec;
  /** Of the job's table, with coordinates or without, and of the output's table. */
  readonly rowsSchema: StructType;
  readonly outputSchema: StructType;
  /** All rows of the job's table. */
  readonly rows: readonly LaneRow[];
  /** What it took, and what its table holds. */
  readonly lane: Pick<OutputLane, 'taken' | 'counts' | 'tableRows'> & {
    readonly head: Pick<OutputLane['head'], 'closedThroughUs'>;
  };
}

type Row = Readonly<Record<string, unknown>>;

const metadata = {
  _kafka_partition: 'partition',
  _kafka_offset: 'offset',
  _kafka_timestamp: 'timestamp',
} as const;

/** The table of an output in memory beside what `bronze verify` says that it must hold. `damage` is done to its rows. */
export async function proveOutput(
  given: LaneToProve,
  damage: (rows: Row[]) => readonly Row[] = (rows) => rows,
): Promise<Pick<Expectation, 'counts'> & OutputComparison> {
  const { output, rowsSchema, outputSchema, lane } = given;
  await using session = await openLakeSession({ memoryBytes: 256 << 20 });
  const hasPlaces = rowsSchema.fields.some(({ name }) => name === '_kafka_offset');
  const schema = hasPlaces ? rowsSchema : withCoordinates(rowsSchema);
  const rows = hasPlaces ? given.rows : given.rows.map(withPlace);
  await fill(
    session,
    'verify_table',
    schema,
    rows.map(({ values }) => values),
  );
  const held = damage([...lane.tableRows]).map((row) => outputSchema.fields.map(({ name }) => literal(row[name])));
  await fill(session, 'made', outputSchema, held);
  const expectation = await expectOutput(
    {
      session,
      rows: {
        spec: jobSpec({ metadata }),
        topic: 'events',
        shape: { schema, partitionColumns: [] },
        columns: { partition: '_kafka_partition', offset: '_kafka_offset', timestamp: '_kafka_timestamp' },
        isShared: false,
        hasCopies: false,
        hasDeadLetters: false,
      },
      taken: {
        shape: { schema: outputSchema, partitionColumns: output.partitionBy },
        coverage: {
          taken: ruledBy(output, lane.taken),
          positions: new Map(),
          counts: lane.counts,
          deleteRules: new Set(),
        },
        closedThroughUs: lane.head.closedThroughUs,
      },
    },
    output,
  );
  return { counts: expectation.counts, ...(await compareOutput(session, 'made', expectation, 20)) };
}

/** As the commits of a job with this output would say it. */
function ruledBy(output: OutputSpec, taken: OutputLane['taken']): OutputLane['taken'] {
  const { maxAheadMs } = (output.kind === 'aggregate' ? output.window : undefined) ?? {};
  if (maxAheadMs === undefined) return taken;
  return taken.map((range) => (range.lateness ? { ...range, lateness: { ...range.lateness, maxAheadMs } } : range));
}

export function withCoordinates({ fields }: StructType): StructType {
  const places = [field('_kafka_partition', 'integer'), field('_kafka_offset', 'long')];
  return struct(...fields, ...places, field('_kafka_timestamp', 'timestamp'));
}

/** The row with values of those columns. */
export function withPlace(row: LaneRow): LaneRow {
  const { values, partition, offset, timestampMs = -1n } = row;
  const timestamp = timestampMs < 0n ? 'NULL' : `make_timestamptz(CAST(${timestampMs * 1000n} AS BIGINT))`;
  return { ...row, values: [...values, String(partition), String(offset), timestamp] };
}

async function fill(
  session: LakeSession,
  table: string,
  { fields }: StructType,
  rows: readonly (readonly string[])[],
): Promise<void> {
  const columns = fields.map(({ name, type }) => `${quoteIdentifier(name)} ${duckType(type)}`);
  await session.run(`CREATE TEMP TABLE ${table} (${columns.join(', ')})`);
  if (rows.length === 0) return;
  await session.run(`INSERT INTO ${table} VALUES ${rows.map((row) => `(${row.join(', ')})`).join(', ')}`);
}

/** Of a value as the engine gives it in JSON; a bigint is one of a test. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'bigint') return String(value);
  return quoteLiteral(typeof value === 'string' ? value : JSON.stringify(value));
}
