import type { PipelineStep } from '../model/pipeline/pipeline-step.ts';
import { duckType } from '../model/pipeline/sql-text.ts';
import { field } from '../model/table/table-schema.ts';

/**
 * Further columns by the user's SQL, each over all columns before it. An expression that fails for a record gives null
 * there: one record must not stop a batch. That it can be run at all is checked before (`checkPipeline`).
 */
export const deriveStep: PipelineStep = {
  name: 'derive',
  plan({ steps: { derive } }, { columns }) {
    if (derive.columns.length === 0) return undefined;
    return {
      // The line breaks end a comment that the user's SQL may end with.
      layers: derive.columns.map(({ name, type, sql }) => [
        { name, sql: `TRY(CAST((\n${sql}\n) AS ${duckType(type)}))` },
      ]),
      columns: [...columns, ...derive.columns.map(({ name, type }) => field(name, type))],
      rejections: [],
    };
  },
};
