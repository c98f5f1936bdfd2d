import { z } from 'zod';
import type { Parsed } from '../../model/batch/offset-position.ts';
import { isMap } from '../document/document-path.ts';
import { parseDuration } from './durations.ts';
import { leaf, section } from './yaml-leaves.ts';

/** How far a watermark stays behind, and which event times move it. */
export interface WatermarkYaml {
  readonly delay: number;
  readonly maxAhead: number | 'unlimited' | undefined;
}

const delayHint =
  'How far the watermark of a topic partition stays behind its greatest event time: how late a record may be.';
const maxAheadHint =
  "An event time that is more than this ahead of the record's timestamp in Kafka does not move the watermark; or unlimited. Default: 1 hour.";

function readDelay(value: unknown): Parsed<number> {
  return typeof value === 'string' ? parseDuration(value) : { ok: false, expected: 'a duration such as 30 seconds' };
}

const watermarkMap = section(
  {
    delay: leaf({ type: 'string', description: delayHint, examples: ['30 seconds', '0 seconds'] }, readDelay),
    maxAhead: leaf<number | 'unlimited'>(
      { type: 'string', description: maxAheadHint, examples: ['1 hour', 'unlimited'] },
      (value) => (value === 'unlimited' ? { ok: true, value } : readDelay(value)),
    ).optional(),
  },
  { description: 'The delay, and which event times move the watermark.' },
);

/** The delay alone, or with what else there is to say. */
export const watermarkYaml: z.ZodType<WatermarkYaml> = z
  .unknown()
  .transform((value, context): WatermarkYaml => {
    const delay = readDelay(value);
    if (delay.ok) return { delay: delay.value, maxAhead: undefined };
    const parsed = isMap(value) ? watermarkMap.safeParse(value) : undefined;
    if (parsed?.success === true) return { delay: parsed.data.delay, maxAhead: parsed.data.maxAhead };
    const message = 'a duration such as 30 seconds, or a map with delay and maxAhead (a duration, or unlimited)';
    context.issues.push({ code: 'custom', message, input: value });
    return z.NEVER;
  })
  .meta({
    description: delayHint,
    anyOf: [
      { type: 'string', examples: ['30 seconds', '0 seconds'] },
      {
        type: 'object',
        additionalProperties: false,
        required: ['delay'],
        properties: {
          delay: { type: 'string', description: delayHint, examples: ['30 seconds'] },
          maxAhead: { type: 'string', description: maxAheadHint, examples: ['1 hour', 'unlimited'] },
        },
      },
    ],
  });
