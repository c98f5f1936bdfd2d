import { hiddenPrefix } from '../model/pipeline/pipeline-step.ts';

/** Columns of parts, state and what lies between them: no columns of the user's can be named so. */
export const column = {
  /** Microseconds since 1970. */
  eventTime: `"${hiddenPrefix}event_time"`,
  /** The event time, where it moves the watermark. */
  movingTime: `"${hiddenPrefix}moving_time"`,
  watermark: `"${hiddenPrefix}watermark"`,
  /** The first and the last of the windows that a row is in. */
  firstStart: `"${hiddenPrefix}first_start"`,
  lastStart: `"${hiddenPrefix}last_start"`,
  /** Microseconds; 0 where there are no windows. */
  start: `"${hiddenPrefix}start"`,
  /** Of sessions; the end of other windows follows from their start. */
  end: `"${hiddenPrefix}end"`,
  generation: `"${hiddenPrefix}generation"`,
  /** Did the row come with this batch? */
  isNew: `"${hiddenPrefix}is_new"`,
  /** Of a record of `changes`: is it the first with its key in the part, so that state knows what was before? */
  isFirst: `"${hiddenPrefix}is_first"`,
  /** Are these the values that the next record with the key is compared with? */
  isLast: `"${hiddenPrefix}is_last"`,
  key: (position: number): string => `"${hiddenPrefix}key_${position}"`,
  input: (position: number): string => `"${hiddenPrefix}input_${position}"`,
  previous: (position: number): string => `"${hiddenPrefix}previous_${position}"`,
  state: (position: number): string => `"${hiddenPrefix}state_${position}"`,
} as const;
