import type { TableState } from '../delta/table-state.ts';
import { BronzeError } from '../errors.ts';
import { formatDuration, parseDuration } from '../spec/yaml/durations.ts';

const property = 'delta.deletedFileRetentionDuration';
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** An attempt of a batch may write for two hours before its files are listed, and then it has a clock of its own. */
const leastMs = 3 * hourMs;

/**
 * How long files stay after they have left the table, so that readers of older versions still find them.
 * @throws BronzeError `TABLE_FEATURE_UNSUPPORTED` for a duration that we do not understand.
 */
export function retentionMsOf(state: Pick<TableState, 'metaData'>): number {
  return durationMsOf(state, property, 7 * dayMs);
}

/**
 * How long entries stay in the log. A commit that was asked for and has not arrived yet must find its version taken, so
 * the newest hours stay whatever the table says.
 * @throws BronzeError `TABLE_FEATURE_UNSUPPORTED` for a duration that we do not understand.
 */
export function logRetentionMsOf(state: Pick<TableState, 'metaData'>): number {
  return Math.max(leastMs, durationMsOf(state, 'delta.logRetentionDuration', 30 * dayMs));
}

function durationMsOf({ metaData }: Pick<TableState, 'metaData'>, property: string, defaultMs: number): number {
  const text = metaData.configuration[property];
  if (text === undefined) return defaultMs;
  const parsed = parseDuration(text);
  if (parsed.ok) return parsed.value;
  throw new BronzeError('TABLE_FEATURE_UNSUPPORTED', `the table's ${property} is ${text}: expected ${parsed.expected}`);
}

/** @throws BronzeError `USAGE` for a retention that could take files from readers, or from a batch that is on its way. */
export function assertSafeRetention(
  state: Pick<TableState, 'metaData'>,
  retentionMs: number,
  belowTableRetention: boolean,
  root: string,
): void {
  const tableMs = retentionMsOf(state);
  if (retentionMs < leastMs) {
    throw new BronzeError(
      'USAGE',
      `${root}: a retention of ${formatDuration(retentionMs)} could delete files of a batch that is about to be committed; ` +
        `the least is ${formatDuration(leastMs)}`,
    );
  }
  if (retentionMs < tableMs && !belowTableRetention) {
    throw new BronzeError(
      'USAGE',
      `${root}: a retention of ${formatDuration(retentionMs)} is below the table's ${formatDuration(tableMs)} (${property}): readers of ` +
        'older versions would lose files. Change the property, or say --below-table-retention',
    );
  }
}
