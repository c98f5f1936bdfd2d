import { hiddenPrefix } from '../model/pipeline-step.ts';

/** Columns of parts, state and what lies between them: no columns of the user's can be named so. */
export const column = {
  /** Microseconds since 1970. */
  eventTime: `"${hiddenPrefix}event_time"`,
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
  key: (position: number): string => `"${hiddenPrefix}key_${position}"`,
  input: (position: number): string => `"${hiddenPrefix}input_${position}"`,
  state: (position: number): string => `"${hiddenPrefix}state_${position}"`,
} as const;
