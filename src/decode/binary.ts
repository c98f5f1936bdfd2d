import { BronzeError } from '../errors.ts';
import type { BinaryParse } from '../model/job/binary-parse.ts';
import type { StepPlan } from '../model/pipeline/pipeline-step.ts';
import { planJson } from './json.ts';

/** The decoder has made JSON text of the value before any SQL runs: from there on it is a JSON record like any other. */
export function planBinary({ format, schema, onCastFailure }: BinaryParse): StepPlan {
  if (schema.length === 0) {
    throw new BronzeError(
      'PIPELINE_INVALID',
      `the columns of the ${format} schema are not known yet: it is not pinned`,
    );
  }
  return planJson({ format: 'json', schema, onCastFailure });
}
