import { describe, expect, it } from 'vitest';
import type { Action } from '../../../../src/delta/actions.ts';
import { findConflict, noChanges, withEntry } from '../../../../src/delta/commit/conflict-check.ts';
import { addOf } from '../../../support/delta-table.ts';

const root = '/lake/t';
const remove = (path: string): Action => ({ remove: { path, dataChange: true } });
const domain = (name: string): Action => ({ domainMetadata: { domain: name, configuration: '', removed: false } });
const protocol: Action = { protocol: { minReaderVersion: 1, minWriterVersion: 2 } };

describe('findConflict', () => {
  it('lets appends follow whatever won', () => {
    const changes = withEntry(noChanges, [remove('a'), { add: addOf('b') }, domain('d')], root);
    expect(findConflict([{ add: addOf('a') }, { txn: { appId: 'x', version: '1' } }], changes, root)).toBeUndefined();
  });

  it('finds a file that both remove, however its path is written', () => {
    const changes = withEntry(noChanges, [remove('a%20b')], root);
    expect(findConflict([remove('c'), remove(`file:${root}/a b`)], changes, root)).toEqual({
      kind: 'fileRemoved',
      path: `file:${root}/a b`,
    });
    expect(findConflict([remove('c')], changes, root)).toBeUndefined();
  });

  it('takes every remove for a conflict when it is not known what was removed', () => {
    const changes = { ...noChanges, removedFiles: 'unknown' } as const;
    expect(findConflict([remove('c')], changes, root)).toMatchObject({ kind: 'fileRemoved' });
    expect(findConflict([{ add: addOf('c') }], changes, root)).toBeUndefined();
  });

  it('finds a domain that both change', () => {
    const changes = withEntry(noChanges, [domain('d')], root);
    expect(findConflict([domain('e'), domain('d')], changes, root)).toEqual({ kind: 'domainChanged', domain: 'd' });
  });
});

describe('withEntry', () => {
  it('gathers over entries and keeps the first change of the table', () => {
    let changes = withEntry(noChanges, [remove('a')], root);
    expect(changes.table).toBeUndefined();
    changes = withEntry(changes, [remove('b'), protocol], root);
    changes = withEntry(changes, [{ add: addOf('c') }], root);
    expect(changes).toMatchObject({ table: 'protocol', removedFiles: new Set(['a', 'b']) });
  });

  it('does not change what it was given', () => {
    const before = withEntry(noChanges, [remove('a')], root);
    withEntry(before, [remove('b'), domain('d')], root);
    expect(before).toEqual({ table: undefined, removedFiles: new Set(['a']), domains: new Set() });
    expect(noChanges.removedFiles).toEqual(new Set());
  });
});
