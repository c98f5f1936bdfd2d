import type { WindowShape } from '../model/outputs/output-spec.ts';
import { column } from './names.ts';

/** Windows as SQL over integers: all times are microseconds since 1970, which UTC has no leaps in. */
export interface Windows {
  readonly kind: 'none' | 'fixed' | 'session';
  /** Of a row: the start of the first window that is open for it, and of the last one. None is open where first > last. */
  readonly firstStart: (eventTime: string, watermark: string) => string;
  readonly lastStart: (eventTime: string) => string;
  /** Start and end of the first and the last window that a row belongs to, open or not; of one where it is the only one. */
  readonly spans: (eventTime: string) => readonly (readonly [start: string, end: string])[];
  /** From one window of a row to the next; absent where a row is in one. */
  readonly stepUs?: bigint;
  /** Of a row with `start` and, for sessions, `end`. */
  readonly end: string;
  /** A watermark that has come this far closes the window: no row that is not late can be in it. */
  readonly closesAt: string;
  /** Of sessions: a row belongs to one that began before when it comes no later than this after its end. */
  readonly gapUs?: bigint;
}

export function compileWindows(shape: WindowShape | undefined): Windows {
  switch (shape?.kind) {
    case undefined:
      return noWindows;
    case 'tumbling':
      return fixedWindows(microsOf(shape.sizeMs), microsOf(shape.sizeMs));
    case 'hopping':
      return fixedWindows(microsOf(shape.sizeMs), microsOf(shape.slideMs));
    case 'session':
      return sessionWindows(microsOf(shape.gapMs));
  }
}

const noWindows: Windows = {
  kind: 'none',
  firstStart: () => '0',
  lastStart: () => '0',
  spans: () => [],
  end: 'NULL',
  closesAt: 'NULL',
};

function fixedWindows(sizeUs: bigint, slideUs: bigint): Windows {
  const lastStart = (eventTime: string): string => floored(eventTime, slideUs);
  const end = `(${column.start} + ${sizeUs})`;
  const span = (start: string): readonly [string, string] => [start, `${start} + ${sizeUs}`];
  return {
    kind: 'fixed',
    lastStart,
    spans: (eventTime) => [
      ...(slideUs === sizeUs ? [] : [span(`(${floored(`${eventTime} - ${sizeUs}`, slideUs)} + ${slideUs})`)]),
      span(lastStart(eventTime)),
    ],
    // A window is open when its start > watermark − size, and holds a row when its start > event time − size.
    firstStart: (eventTime, watermark) =>
      `(${floored(`greatest(${eventTime}, ${watermark}) - ${sizeUs}`, slideUs)} + ${slideUs})`,
    ...(slideUs === sizeUs ? {} : { stepUs: slideUs }),
    end,
    closesAt: end,
  };
}

function sessionWindows(gapUs: bigint): Windows {
  return {
    kind: 'session',
    lastStart: (eventTime) => eventTime,
    spans: (eventTime) => [[eventTime, `${eventTime} + ${gapUs}`]],
    firstStart: (eventTime, watermark) =>
      `CASE WHEN ${eventTime} + ${gapUs} <= ${watermark} THEN ${eventTime} + 1 ELSE ${eventTime} END`,
    end: column.end,
    // A row may extend a session until it would be late itself.
    closesAt: `(${column.end} + ${gapUs})`,
    gapUs,
  };
}

function microsOf(milliseconds: number): bigint {
  return BigInt(milliseconds) * 1000n;
}

/** The multiple at or before a number, also before 1970: the engine's own remainder has the sign of the number. */
function floored(number: string, step: bigint): string {
  return `(${number} - ((${number}) % ${step} + ${step}) % ${step})`;
}
