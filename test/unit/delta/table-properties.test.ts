import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { newTableActions } from '../../../src/delta/new-table.ts';
import { assertWritable } from '../../../src/delta/table-features.ts';
import { field, struct } from '../../../src/model/table/table-schema.ts';
import { checkTableProperties } from '../../../src/spec/check/check-table.ts';

const project = join(import.meta.dirname, '..', '..', '..');
const page = readFileSync(join(project, 'docs', 'table-properties.md'), 'utf8');

/** What the page says of each property. */
const rows = page.split('\n').flatMap((line) => {
  const [, property, example, ofNew, ofOther] =
    /^\| `(delta\.[^`]+)` +\| `([^`]+)` +\| (\w+) +\| (\w+) +\|/.exec(line) ?? [];
  return property === undefined ? [] : [{ property, example: example ?? '', ofNew, ofOther }];
});

const schema = struct(field('id', 'long'), field('place', struct(field('city', 'string'))));

/** Tables have these features by the protocol; properties make use of them. */
const features = [
  ...['appendOnly', 'invariants', 'checkConstraints', 'changeDataFeed', 'columnMapping', 'deletionVectors'],
  ...['icebergCompatV1', 'icebergCompatV2', 'inCommitTimestamp', 'typeWidening', 'v2Checkpoint', 'domainMetadata'],
];
const featuresOf: Readonly<Record<string, readonly string[]>> = {
  'delta.enableRowTracking': [...features, 'rowTracking'],
};

describe('the page of table properties', () => {
  test.each(rows)('is right about $property of a new table: $ofNew', ({ property, example, ofNew }) => {
    const problems: string[] = [];
    checkTableProperties({ [property]: example }, ['properties'], (_path, problem) => problems.push(problem));
    expect(problems.length > 0).toBe(ofNew === 'refused');
    if (ofNew === 'refused') return;
    const actions = newTableActions({ schema, partitionColumns: [], properties: { [property]: example } });
    const metaData = actions.find((action) => 'metaData' in action)?.metaData;
    expect(metaData?.configuration).toMatchObject({ [property]: example });
  });

  test.each(rows)('is right about $property of a table that is there: $ofOther', ({ property, example, ofOther }) => {
    const [{ metaData } = { metaData: undefined }] = newTableActions({ schema, partitionColumns: [] }).filter(
      (action) => 'metaData' in action,
    );
    if (!metaData) throw new Error('a new table has metadata');
    const supported = featuresOf[property] ?? features;
    const check = (): void => {
      assertWritable(
        {
          protocol: { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: [], writerFeatures: supported },
          metaData: { ...metaData, configuration: { [property]: example } },
          schema,
        },
        'lake/t',
      );
    };
    if (ofOther === 'refused') expect(check).toThrow(expect.objectContaining({ code: 'TABLE_FEATURE_UNSUPPORTED' }));
    else expect(check).not.toThrow();
  });

  test('has every property that the code knows', () => {
    const ofFields =
      /^delta\.(columnMapping\.(id|physicalName)|generationExpression|identity\.start|invariants|typeChanges)$/;
    const known = globSync('src/**/*.ts', { cwd: project }).flatMap((file) =>
      Array.from(
        readFileSync(join(project, file), 'utf8').matchAll(/'(delta\.\w+(?:\.\w+)*)'/g),
        ([, name]) => name ?? '',
      ),
    );
    const listed = new Set(rows.map(({ property }) => property));
    const missing = known.filter((name) => !listed.has(name) && !ofFields.test(name) && name !== 'delta.clustering');
    expect(rows.length).toBeGreaterThan(30);
    expect(missing).toEqual([]);
  });
});
