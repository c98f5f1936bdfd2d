import { openEncoder, openKeyEncoder } from '../decode/open-encoder.ts';
import { compileOutputs } from '../ingest/outputs/compile-output.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import { readJobTests, type JobTestsVerdict } from '../spec/job-tests/job-tests.ts';
import { tableSchema } from '../transform/table-schema.ts';

/** The tests in the file of a job whose schema is pinned. */
export function testsOfJob(spec: JobSpec, yamlText: string): JobTestsVerdict {
  return readJobTests(yamlText, {
    topics: spec.source.topics,
    columns: tableSchema(spec),
    outputs: new Map(compileOutputs(spec).map(({ output, compiled }) => [output.name, compiled.schema])),
    encodeValue: openEncoder(spec.steps.parse),
    encodeKey: openKeyEncoder(spec.steps.key?.parse),
  });
}
