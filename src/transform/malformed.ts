import type { DeadLetterCode } from '../model/table/dead-letter.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import { hidden, hiddenPrefix, type PipelineStep } from '../model/pipeline/pipeline-step.ts';

/**
 * Records that cannot become a row: their value has no text that a column could hold, or must not be touched. What of
 * a binary format does not decode has no rejection at all where it is kept.
 */
const neverKept: ReadonlySet<DeadLetterCode> = new Set([
  'INVALID_UTF8',
  'VALUE_TOO_LARGE',
  'TOMBSTONE',
  'UNDECODABLE',
  'UNKNOWN_SCHEMA',
  'SCHEMA_INCOMPATIBLE',
]);

/** Settles `isValid`, and under `keep` turns what was rejected so far into rows. What could be read of them is kept. */
export const malformedStep: PipelineStep = {
  name: 'malformed',
  plan(spec, { columns, rejections }) {
    const hasValue = spec.steps.parse.format === 'raw' ? '' : ` AND ${hidden.text} IS NOT NULL`;
    const isValid = { name: `${hiddenPrefix}is_valid`, sql: `(${hidden.reject} IS NULL${hasValue})` };
    const kept = rejections.flatMap(({ code }, index) => (neverKept.has(code) ? [] : [index]));
    const keeps = spec.steps.malformed.records === 'keep' && kept.length > 0;
    const reject = {
      name: `${hiddenPrefix}reject`,
      sql: `CASE WHEN ${hidden.reject} NOT IN (${kept.join(', ')}) THEN ${hidden.reject} END`,
    };
    return { layers: [[isValid], ...(keeps ? [[reject]] : [])], columns, rejections: [] };
  },
};

/** Can a row lack a value that the parser's schema requires? */
export function keepsIncompleteRows({ steps: { malformed } }: JobSpec): boolean {
  return malformed.records === 'keep' || malformed.tombstones === 'keep';
}
