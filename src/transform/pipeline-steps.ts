import type { PipelineStep } from '../model/pipeline/pipeline-step.ts';
import { deduplicateStep } from './deduplicate.ts';
import { deriveStep } from './derive.ts';
import { keyStep } from './key.ts';
import { malformedStep } from './malformed.ts';
import { metadataStep } from './metadata.ts';
import { normalizeStep } from './normalize.ts';
import { parseStep } from './parse.ts';
import { scrubStep } from './scrub.ts';
import { validateStep } from './validate.ts';

/** All steps, in the order in which they run. */
export const pipelineSteps: readonly PipelineStep[] = [
  parseStep,
  malformedStep,
  keyStep,
  metadataStep,
  validateStep,
  scrubStep,
  normalizeStep,
  deriveStep,
  deduplicateStep,
];
