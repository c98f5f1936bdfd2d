import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { BronzeError } from '../../../src/errors.ts';
import { jobYaml } from '../../../src/spec/yaml/job-yaml.ts';
import { checkJobText, parseInlineJob } from '../../../src/spec/parse-job.ts';
import { propertyRuns } from '../../support/property/property-runs.ts';

const values = fc.oneof(
  fc.jsonValue(),
  fc.string(),
  fc.constantFrom(
    '${X}',
    '${X:-${',
    '$$',
    'decimal(3',
    'struct<',
    '2026-13-99',
    '{"a":',
    's3://',
    '{topic}',
    -0,
    1e300,
  ),
);
const keys = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...Object.keys(jobYaml.shape), 'topics', 'parse', 'schema', 'path', 'sasl') },
  { weight: 1, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', '0') },
);
const documents = fc.letrec<{ document: unknown }>((tie) => ({
  document: fc.oneof(
    { maxDepth: 4 },
    values,
    fc.dictionary(keys, tie('document'), { maxKeys: 6 }),
    fc.array(tie('document'), { maxLength: 2 }),
  ),
})).document;

describe('any input', () => {
  it('comes to a job or to problems, never to a crash', () => {
    fc.assert(
      fc.property(fc.dictionary(keys, documents), (document) => {
        try {
          parseInlineJob(document, { env: {}, workingFolder: '/w', overrides: { source: { topics: 'a' } } });
        } catch (error) {
          expect(error).toBeInstanceOf(BronzeError);
        }
        const verdict = checkJobText(stringify(document), { fileName: 'a.yaml', env: {}, workingFolder: '/w' });
        expect(verdict.ok || verdict.problems.length > 0).toBe(true);
      }),
      propertyRuns(150),
    );
  });

  it('may be any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('ab:{}[]-#&*!|>\'"%@`$ \n\t?,')) }), (text) => {
        const verdict = checkJobText(text, { fileName: 'a.yaml', env: {}, workingFolder: '/w' });
        expect(verdict.ok).toBe(false);
      }),
      propertyRuns(500),
    );
  });
});
