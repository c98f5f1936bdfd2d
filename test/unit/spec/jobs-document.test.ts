import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { deadLetterCodes } from '../../../src/model/table/dead-letter.ts';
import { metadataTypes } from '../../../src/model/job/metadata-source.ts';
import { valueFormats } from '../../../src/model/job/validation-rule.ts';
import { fixedDefaults } from '../../../src/spec/defaults.ts';
import { isMap } from '../../../src/spec/document/document-path.ts';
import { jobJsonSchema } from '../../../src/spec/job-json-schema.ts';
import { checkJobText, environmentsOf } from '../../../src/spec/parse-job.ts';
import { formatProblem } from '../../../src/spec/document/spec-problem.ts';
import { formatType } from '../../../src/spec/column-types/type-format.ts';

const page = (name: string): string =>
  readFileSync(path.join(import.meta.dirname, '..', '..', '..', 'docs', name), 'utf8');
const yamlIn = (markdown: string): readonly string[] =>
  Array.from(markdown.matchAll(/```yaml\n(.*?)```/gs), ([, yaml = '']) => yaml);
const cellsIn = (markdown: string): readonly (readonly string[])[] => {
  const rows = markdown.split('\n').filter((line) => line.startsWith('| `'));
  return rows.map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()));
};

const text = `${page('jobs.md')}\n${page('outputs.md')}`;
const cells = cellsIn(text);
const isJob = (yaml: string): boolean => /^source:/m.test(yaml);
const others = ['deploying.md', 'migrating.md'].flatMap((name) => yamlIn(page(name)));
const examples = [...yamlIn(text), ...others.filter(isJob)];

describe('docs', () => {
  it('has examples', () => {
    expect(examples.length).toBeGreaterThanOrEqual(9);
    expect(others.filter(isJob)).toHaveLength(3);
  });

  it('shows how a worker is deployed, in YAML', () => {
    const [deployment] = others.filter((yaml) => !isJob(yaml));
    expect(parse(deployment ?? '')).toMatchObject({ kind: 'Deployment' });
  });

  it('explains every code of dead letters, and no other', () => {
    const codes = cellsIn(page('dead-letters.md')).map(([, code = '']) => code.slice(1, -1));
    expect(codes.toSorted()).toEqual([...deadLetterCodes].toSorted());
  });

  it.each(Array.from(examples.entries()))(
    'shows jobs that are in order, alone and in their environments (%i)',
    (_index, yaml) => {
      const fileName = `${/^name: (.*)$/m.exec(yaml)?.[1] ?? 'example'}.yaml`;
      for (const environment of [undefined, ...environmentsOf(yaml)]) {
        const verdict = checkJobText(yaml, { fileName, environment, env: {}, workingFolder: '/w' });
        expect(verdict.ok ? [] : verdict.problems.map(formatProblem)).toEqual([]);
      }
      const accepts = new Ajv({ allowUnionTypes: true }).compile(jobJsonSchema());
      expect(accepts(parse(yaml)), JSON.stringify(accepts.errors)).toBe(true);
    },
  );

  it('explains every key of the schema, and no other', () => {
    const explained = cells.flatMap(([, key = '']) => (/^`[a-z]\w*(\.\w+)*`$/.test(key) ? [key.slice(1, -1)] : []));
    const keys = explained.filter((key) => !Object.hasOwn(metadataTypes, key));
    expect(keys.toSorted()).toEqual(leavesOf(jobJsonSchema()).toSorted());
  });

  it('gives the defaults that jobs get', () => {
    for (const [key, value] of flatten(fixedDefaults)) {
      const row = cells.find(([, first]) => first === `\`${key}\``);
      expect([key, row?.[3]]).toEqual([key, isMap(value) ? 'none' : `\`${String(value)}\``]);
    }
  });

  it('names every format of a rule', () => {
    const [, list = ''] = /^- `format`: (.*)\.$/m.exec(text) ?? [];
    expect(Array.from(list.matchAll(/`(\w+)`/g), ([, name]) => name)).toEqual([...valueFormats]);
  });

  it('explains every content of a metadata column with its type', () => {
    const explained = cells.flatMap(([, name = '', type = '']) => {
      const plain = name.slice(1, -1);
      return Object.hasOwn(metadataTypes, plain) ? [[plain, type.slice(1, -1)]] : [];
    });
    expect(explained).toEqual(Object.entries(metadataTypes).map(([name, type]) => [name, formatType(type)]));
  });
});

/** The keys of a job, sections of the table's rows taken as one. */
function leavesOf(schema: unknown, at = ''): string[] {
  const properties = isMap(schema) ? propertiesOf(schema) : undefined;
  if (properties === undefined || at === 'source.security.sasl') return [at];
  return Object.entries(properties).flatMap(([key, item]) => leavesOf(item, at === '' ? key : `${at}.${key}`));
}

/** Of alternatives the keys of all. */
function propertiesOf(schema: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  if (isMap(schema['properties'])) return schema['properties'];
  const alternatives: unknown[] = Array.isArray(schema['anyOf']) ? schema['anyOf'] : [];
  const maps = alternatives.flatMap((item) => (isMap(item) && isMap(item['properties']) ? [item['properties']] : []));
  return maps.length === 0 ? undefined : Object.fromEntries(maps.flatMap((map) => Object.entries(map)));
}

function flatten(value: Readonly<Record<string, unknown>>, at = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([key, item]): [string, unknown][] =>
    isMap(item) && Object.keys(item).length > 0 ? flatten(item, `${at}${key}.`) : [[`${at}${key}`, item]],
  );
}
