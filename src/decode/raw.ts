import type { StepPlan } from '../model/pipeline/pipeline-step.ts';

/** The value is stored as it came, by metadata columns: nothing is decoded. */
export function planRaw(): StepPlan {
  return { layers: [], columns: [], rejections: [] };
}
