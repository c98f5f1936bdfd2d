import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { jobJsonSchema } from '../../../src/spec/job-json-schema.ts';
import { listJobs } from '../../../src/spec/document/job-file.ts';

const root = path.join(import.meta.dirname, '..', '..', '..');
const schema = jobJsonSchema();
const accepts = new Ajv({ allErrors: true, allowUnionTypes: true }).compile(schema);

function errorsOf(yaml: string): string[] {
  accepts(parse(yaml));
  return (accepts.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}

describe('the JSON Schema of job files', () => {
  it('is the one in the file (npm run schema writes it)', () => {
    expect(JSON.parse(readFileSync(path.join(root, 'schema', 'job.schema.json'), 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(schema)),
    );
  });

  it.each(listJobs(path.join(root, 'jobs')))('accepts the shipped job %s, which refers to it', (job) => {
    const text = readFileSync(path.join(root, 'jobs', `${job}.yaml`), 'utf8');
    expect(errorsOf(text)).toEqual([]);
    expect(text.split('\n', 1)).toEqual(['# yaml-language-server: $schema=../schema/job.schema.json']);
  });

  it.each([
    ['a minimal job', 'source: { topics: a }'],
    [
      'references wherever a text, number or flag stands',
      'withMetrics: "${M}"\nsource: { maxOffsetsPerTrigger: "${N:-5}", isolationLevel: "${I}" }',
    ],
    ['a schema without format', 'steps: { parse: { schema: { a: { b: int } }, onCastFailure: null } }'],
    [
      'an environment with any part, and nulls',
      'environments: { prod: { source: { topics: null, maxBytesPerTrigger: 1g }, deadLetter: null, steps: { parse: { onCastFailure: null } } } }',
    ],
    [
      'an environment of another format, which takes away what only the first one has',
      'environments: { json: { steps: { parse: { format: json, schemaFile: null, message: null, schema: { a: int } } } } }',
    ],
  ])('accepts %s', (_about, yaml) => {
    expect(errorsOf(yaml)).toEqual([]);
  });

  it.each([
    ['an unknown key', 'tabel: {}', ' must NOT have additional properties'],
    [
      'an unknown key in an environment',
      'environments: { prod: { tabel: {} } }',
      '/environments/prod must NOT have additional properties',
    ],
    [
      'a key of another format in an environment, unless it is taken away',
      'environments: { json: { steps: { parse: { format: json, message: a.B } } } }',
      '/environments/json/steps/parse/message must be null',
    ],
    [
      'a secret in the file',
      'source: { security: { sasl: { mechanism: PLAIN, username: "${U}", password: x } } }',
      '/source/security/sasl/password must match pattern "^\\$\\{[A-Za-z_]\\w*\\}$"',
    ],
    [
      'a raw job with a schema',
      'steps: { parse: { format: raw, schema: { a: int } } }',
      '/steps/parse must match a schema in anyOf',
    ],
    [
      'an unknown content of a column',
      'steps: { metadata: { a: offsets } }',
      '/steps/metadata/a must match a schema in anyOf',
    ],
  ])('refuses %s', (_about, yaml, error) => {
    expect(errorsOf(yaml)).toContain(error);
  });

  it('describes every key', () => {
    expect(keysWithoutDescription(schema, '')).toEqual([]);
  });
});

function keysWithoutDescription(value: unknown, at: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) => {
    if (key !== 'properties' || typeof item !== 'object' || item === null)
      return keysWithoutDescription(item, `${at}/${key}`);
    return Object.entries(item).flatMap(([name, property]: [string, unknown]) => [
      ...(typeof property === 'object' && property !== null && 'description' in property ? [] : [`${at}/${name}`]),
      ...keysWithoutDescription(property, `${at}/${name}`),
    ]);
  });
}
