import type { Message } from 'kafkajs';
import { expect } from 'vitest';
import { runQuery } from '../../src/lake/query/query.ts';
import type { JobDocument } from '../../src/model/job/job-input.ts';
import { SeededRandom } from '../../src/samples/seeded-random.ts';

/** Readings of sensors, some of them late or broken; each sensor is in one topic partition. */
export function readings(count: number, from: number, partitions: number): Message[] {
  return Array.from({ length: count }, (_, position) => {
    const index = from + position;
    const random = new SeededRandom(7, index);
    const sensor = random.int(3 * partitions);
    const lateMs = random.chance(0.1) ? random.int(60_000) : random.int(1500);
    const ts = new Date(startMs + index * 200 - lateMs).toISOString();
    const value = random.chance(0.02)
      ? '{"id": broken'
      : JSON.stringify({ id: `s${sensor}`, ts, n: random.int(1000), level: random.int(3) });
    return { partition: sensor % partitions, value };
  });
}

const startMs = Date.UTC(2026, 0, 27, 10);
const sizeUs = 10_000_000;
const delayUs = 5_000_000;

/** A job over readings with an output of each kind; all its tables are in the folder. */
export function readingsJob(lakeFolder: string): JobDocument {
  const windows: JobDocument = {
    window: { tumbling: '10 seconds' },
    eventTime: 'ts',
    watermark: '5 seconds',
    groupBy: ['id'],
    aggregates: { readings: 'count(*)', total: 'sum(n)', newest: 'last(n)' },
    late: 'deadLetter',
  };
  return {
    steps: {
      parse: { format: 'json', schema: { id: 'string not null', ts: 'timestamp', n: 'int', level: 'int' } },
      metadata: { _kafka_partition: 'partition', _kafka_offset: 'offset' },
    },
    table: { path: `${lakeFolder}/rows`, partitionBy: [] },
    deadLetter: { path: `${lakeFolder}/dlq` },
    outputs: {
      changing: { ...windows, path: `${lakeFolder}/changing`, mode: 'update' },
      final: { ...windows, path: `${lakeFolder}/final`, mode: 'append' },
      running: {
        path: `${lakeFolder}/running`,
        groupBy: ['id'],
        aggregates: { readings: 'count(*)', total: 'sum(n)', newest: 'last(n)' },
      },
      changes: { path: `${lakeFolder}/changes`, changes: { key: ['id'], of: ['level'] } },
      current: { path: `${lakeFolder}/current`, merge: { key: ['id'], deleteWhen: 'n < 200' } },
    },
  };
}

/** What the outputs have to hold, worked out from the rows of the job's table alone. */
function expectedSql(lake: string): Readonly<Record<keyof typeof foundSql, string>> {
  const timed = `SELECT *, epoch_us(ts) AS us,
      coalesce(max(epoch_us(ts)) OVER (PARTITION BY _kafka_partition ORDER BY _kafka_offset
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) - ${delayUs}, 0) AS watermark
    FROM '${lake}/rows'`;
  const changing = `WITH timed AS (${timed})
    SELECT us - us % ${sizeUs} AS start, id, count(*) AS readings, sum(n) AS total,
      arg_max(n, (us, _kafka_partition, _kafka_offset)) AS newest
    FROM timed WHERE us - us % ${sizeUs} + ${sizeUs} > watermark GROUP BY ALL`;
  const late = (output: string): string =>
    `SELECT 'outputs.${output}' AS step, _kafka_partition, _kafka_offset FROM timed WHERE us - us % ${sizeUs} + ${sizeUs} <= watermark`;
  const closed = `(SELECT min(newest) - ${delayUs} FROM (SELECT max(epoch_us(ts)) AS newest FROM '${lake}/rows' GROUP BY _kafka_partition))`;
  return {
    changing,
    final: `SELECT * FROM (${changing}) WHERE start + ${sizeUs} <= ${closed}`,
    running: `SELECT id, count(*) AS readings, sum(n) AS total, arg_max(n, _kafka_offset) AS newest FROM '${lake}/rows' GROUP BY id`,
    changes: `SELECT id, level, previous, _kafka_offset FROM (SELECT *, lag(level) OVER (PARTITION BY id ORDER BY _kafka_offset) AS previous
      FROM '${lake}/rows') WHERE previous IS DISTINCT FROM level`,
    current: `SELECT id, newest, last_offset FROM (SELECT id, arg_max(n, _kafka_offset) AS newest, max(_kafka_offset) AS last_offset
      FROM '${lake}/rows' GROUP BY id) WHERE newest >= 200`,
    late: `WITH timed AS (${timed}) ${late('changing')} UNION ALL ${late('final')}`,
  };
}

const windowColumns = 'epoch_us(window_start) AS start, id, readings, total, newest';
const foundSql = {
  changing: `SELECT ${windowColumns} FROM changing`,
  final: `SELECT ${windowColumns} FROM final`,
  running: 'SELECT id, readings, total, newest FROM running',
  changes: 'SELECT id, level, previous_level, _kafka_offset FROM changes',
  current: 'SELECT id, n, _kafka_offset FROM current',
  late: `SELECT step, partition, "offset" FROM dlq WHERE error_code = 'LATE_RECORD'`,
} as const;

/**
 * Fails unless every output is what the rows of the job's table make, and each late record once a dead letter of each output:
 * nothing lost, doubled or miscounted.
 */
export async function expectOutputsOfRows(lake: string): Promise<void> {
  const expected = await linesOf(expectedSql(lake), lake);
  const found = await linesOf(foundSql, lake);
  for (const [name, lines] of expected) {
    expect(lines.length, name).toBeGreaterThan(0);
    expect(found.get(name), name).toEqual(lines);
  }
}

/** The rows of queries as sorted lines, by the name of the query; all are asked at once. */
async function linesOf(queries: Readonly<Record<string, string>>, lake: string): Promise<Map<string, string[]>> {
  const each = Object.entries(queries).map(
    ([name, sql]) => `SELECT '${name}' AS name, concat_ws(' ', *COLUMNS(*)) AS line FROM (${sql})`,
  );
  const lines = new Map(Object.keys(queries).map((name): [string, string[]] => [name, []]));
  await runQuery(`SELECT * FROM (${each.join(' UNION ALL ')}) ORDER BY ALL`, { lake }, async ({ blocks }) => {
    for await (const block of blocks) {
      for (const row of block) {
        const [name = '', line = ''] = row.map(String);
        lines.get(name)?.push(line);
      }
    }
  });
  return lines;
}
