import { expect, it } from 'vitest';
import { serversFor } from '../../../src/cli/local-store.ts';
import { parseJob } from '../../../src/spec/parse-job.ts';

it.each([
  ['source: { topics: a }', []],
  ['source: { topics: a }\ntable: { path: s3://bucket/a }', ['s3']],
  ['source: { topics: a }\nsteps: { parse: { format: avro, registry: http://localhost:8081 } }', ['registry']],
  ['source: { topics: a }\nsteps: { parse: { key: { format: avro, registry: http://localhost:8081 } } }', ['registry']],
  ['source: { topics: a }\nsteps: { parse: { format: avro, schemaFile: a.avsc } }', []],
])('a job needs Kafka, Temporal and what it names: %s', (text, further) => {
  const spec = parseJob(text, { fileName: 'a.yaml', env: {} });
  expect(serversFor([spec], {})).toEqual(['kafka', 'temporal', ...further]);
});
