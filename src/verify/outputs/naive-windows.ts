import type { LakeSession } from '../../lake/lake-session.ts';
import type { Lateness } from '../../model/table/commit-note.ts';
import type { OutputCounts } from '../../model/outputs/output-batch.ts';
import type { WindowRule, WindowShape } from '../../model/outputs/output-spec.ts';
import { readCount } from './expectation.ts';
import type { OutputCoverage } from './output-coverage.ts';

export interface WindowInput {
  readonly window: WindowRule;
  readonly coverage: OutputCoverage;
  /** Columns of the key in `verify_taken`. */
  readonly groups: readonly string[];
}

/**
 * Makes `verify_placed` of `verify_taken`: each row in each window that it is in and not late for, as `w_start` and
 * `w_end`; and `verify_late` of those that are late for all, where that makes them dead letters. Gives how many rows are late for all their windows, have no event time, or one too far ahead of when they were sent.
 */
export async function createPlacedRows(
  session: LakeSession,
  input: WindowInput,
): Promise<Pick<OutputCounts, 'late' | 'nullEventTime'> & { readonly aheadOfTime: number }> {
  await createWatermarks(session, input);
  const { shape } = input.window;
  const isLate = `${lastEndSql(shape)} <= watermark`;
  const nullEventTime = await readCount(session, 'SELECT count(*) FROM verify_taken WHERE t IS NULL');
  await session.run(
    `CREATE OR REPLACE TEMP TABLE verify_late AS SELECT part, off FROM verify_watermarks WHERE keeps_late AND ${isLate}`,
  );
  const late = await readCount(session, `SELECT count(*) FROM verify_watermarks WHERE ${isLate}`);
  await session.run(
    `CREATE OR REPLACE TEMP TABLE verify_placed AS ${
      shape.kind === 'session' ? sessionsSql(shape.gapMs, isLate, input.groups) : windowsSql(shape)
    }`,
  );
  const aheadOfTime = await readCount(session, 'SELECT count(*) FROM verify_watermarks WHERE moving_t IS NULL');
  return { late, nullEventTime, aheadOfTime };
}

/**
 * What each row is held against: the greatest event time before it in its topic partition less the delay, and through when
 * windows were closed as its batch was planned. What the rules were then the commit of that batch says.
 */
async function createWatermarks(session: LakeSession, { window, coverage }: WindowInput): Promise<void> {
  await session.run(
    'CREATE OR REPLACE TEMP TABLE verify_lateness (part INTEGER, low BIGINT, high BIGINT, delay_us BIGINT, ahead_us BIGINT, closed_us BIGINT, keeps_late BOOLEAN)',
  );
  const perInsert = 1000;
  for (let at = 0; at < coverage.taken.length; at += perInsert) {
    const values = coverage.taken.slice(at, at + perInsert).map(({ partition, startOffset, endOffset, lateness }) => {
      const rule: Lateness = lateness ?? window;
      const { delayMs, maxAheadMs, closedThroughUs = 'NULL', late } = rule;
      const aheadUs = maxAheadMs === undefined ? 'NULL' : microsOf(maxAheadMs);
      return `(${partition}, ${startOffset}, ${endOffset}, ${microsOf(delayMs)}, ${aheadUs}, ${closedThroughUs}, ${late !== undefined})`;
    });
    await session.run(`INSERT INTO verify_lateness VALUES ${values.join(', ')}`);
  }
  const greatest =
    'max(moving_t) OVER (PARTITION BY part ORDER BY off ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)';
  await session.run(
    `CREATE OR REPLACE TEMP TABLE verify_watermarks AS
     SELECT *, greatest(${greatest} - delay_us, closed_us) AS watermark FROM (
       SELECT r.*, l.delay_us, l.closed_us, l.keeps_late,
         CASE WHEN t > sent_us + ahead_us THEN NULL ELSE t END AS moving_t
       FROM verify_taken AS r ASOF JOIN verify_lateness AS l ON r.part = l.part AND r.off >= l.low
       WHERE r.t IS NOT NULL AND r.off < l.high
     )`,
  );
}

/** SQL: where the last window of a row ends. */
function lastEndSql(shape: WindowShape): string {
  switch (shape.kind) {
    case 'session':
      return `t + ${microsOf(shape.gapMs)}`;
    case 'tumbling':
      return `${lastStartSql(shape.sizeMs)} + ${microsOf(shape.sizeMs)}`;
    case 'hopping':
      return `${lastStartSql(shape.slideMs)} + ${microsOf(shape.sizeMs)}`;
  }
}

function lastStartSql(stepMs: number): string {
  return `epoch_us(time_bucket(to_microseconds(${microsOf(stepMs)}), make_timestamp(t), TIMESTAMP '1970-01-01'))`;
}

function windowsSql(shape: Exclude<WindowShape, { readonly kind: 'session' }>): string {
  const size = microsOf(shape.sizeMs);
  const stepMs = shape.kind === 'tumbling' ? shape.sizeMs : shape.slideMs;
  const most = Math.ceil(shape.sizeMs / stepMs);
  const starts = `${lastStartSql(stepMs)} - unnest(range(${most})) * ${microsOf(stepMs)}`;
  const isOpen = `t < start_us + ${size} AND (watermark IS NULL OR start_us + ${size} > watermark)`;
  return (
    `SELECT *, make_timestamptz(start_us) AS w_start, make_timestamptz(start_us + ${size}) AS w_end ` +
    `FROM (SELECT *, ${starts} AS start_us FROM verify_watermarks) WHERE ${isOpen}`
  );
}

/** A row belongs to the session before it where it comes no later than the gap after it. */
function sessionsSql(gapMs: number, isLate: string, groups: readonly string[]): string {
  const key = `PARTITION BY ${groups.length === 0 ? '0' : groups.join(', ')}`;
  const order = `${key} ORDER BY t, part, off`;
  const opens = `coalesce(t - lag(t) OVER (${order}) > ${microsOf(gapMs)}, true)`;
  const inTime = `SELECT *, ${opens} AS opens FROM verify_watermarks WHERE coalesce(NOT ${isLate}, true)`;
  const numbered = `SELECT *, count(*) FILTER (WHERE opens) OVER (${order} ROWS UNBOUNDED PRECEDING) AS session FROM (${inTime})`;
  const ofSession = `(${key}, session)`;
  return (
    `SELECT *, make_timestamptz(min(t) OVER ${ofSession}) AS w_start, ` +
    `make_timestamptz(max(t) OVER ${ofSession} + ${microsOf(gapMs)}) AS w_end FROM (${numbered})`
  );
}

function microsOf(milliseconds: number): bigint {
  return BigInt(milliseconds) * 1000n;
}
