import { describe, expect, it } from 'vitest';
import type { Action } from '../../../../src/delta/actions.ts';
import { parseActionLine, parseCommit, printCommit } from '../../../../src/delta/log/commit-entry.ts';

describe('a log entry', () => {
  it('reads back as it was printed', () => {
    const actions: Action[] = [
      {
        commitInfo: { timestamp: 1, operation: 'WRITE', kafkaBronze: { ranges: [{ endOffset: '9007199254740993' }] } },
      },
      { protocol: { minReaderVersion: 3, minWriterVersion: 7, readerFeatures: ['x'], writerFeatures: ['x', 'y'] } },
      {
        metaData: {
          id: 'id',
          format: { provider: 'parquet', options: {} },
          schemaString: '{"type":"struct","fields":[]}',
          partitionColumns: ['d'],
          configuration: { a: 'b' },
          createdTime: 3,
        },
      },
      {
        add: {
          path: 'a%20b',
          partitionValues: { d: null },
          size: 9_007_199_254_740_991,
          modificationTime: 2,
          dataChange: true,
          stats: '{"numRecords":1,"maxValues":{"id":9223372036854775807}}',
          tags: { t: null },
          deletionVector: { storageType: 'i', pathOrInlineDv: 'x', sizeInBytes: 1, cardinality: 1 },
        },
      },
      { remove: { path: 'r', deletionTimestamp: 4, dataChange: false, extendedFileMetadata: true, size: 1 } },
      { txn: { appId: 'app', version: '-9223372036854775808', lastUpdated: 5 } },
      { domainMetadata: { domain: 'd', configuration: '{}', removed: false } },
    ];
    expect(parseCommit(printCommit(actions), '/lake/t')).toEqual(actions);
  });

  it('prints one action a line, and longs as numerals', () => {
    const bytes = printCommit([{ txn: { appId: 'a\n"b"', version: '9223372036854775807' } }, { commitInfo: {} }]);
    expect(Buffer.from(bytes).toString()).toBe(
      '{"txn":{"appId":"a\\n\\"b\\"","version":9223372036854775807}}\n{"commitInfo":{}}\n',
    );
  });

  it('reads the row of a checkpoint, where every other action is null', () => {
    const row = '{"add":null,"commitInfo":null,"txn":{"appId":"a","version":9007199254740993,"lastUpdated":null}}';
    expect(parseActionLine(row, 'here')).toEqual({ txn: { appId: 'a', version: '9007199254740993' } });
  });

  it('reads an empty partition value as null', () => {
    const line =
      '{"add":{"path":"p","partitionValues":{"d":"","e":"x"},"size":1,"modificationTime":1,"dataChange":true}}';
    expect(parseActionLine(line, 'here')).toMatchObject({ add: { partitionValues: { d: null, e: 'x' } } });
  });

  it.each([
    ['{"add":{"path":"p","partitionValues":{},"size":1.5,"modificationTime":1,"dataChange":true}}', /size/],
    ['{"add":{"partitionValues":{},"size":1,"modificationTime":1,"dataChange":true}}', /path/],
    ['{"txn":{"appId":"a","version":"x"}}', /version/],
    ['{"protocol":{"minReaderVersion":1}}', /minWriterVersion/],
    ['["add"]', /JSON object/],
    ['{"add"', /JSON/],
  ])('refuses %s, saying where and what', (line, reason) => {
    const read = (): unknown => parseActionLine(line, 'entry 5, line 2');
    expect(read).toThrow(expect.objectContaining({ code: 'TABLE_CORRUPT' }));
    expect(read).toThrow(/^entry 5, line 2: /);
    expect(read).toThrow(reason);
  });
});
