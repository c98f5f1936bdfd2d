import { describe, expect, it } from 'vitest';
import type { Action } from '../../../../src/delta/actions.ts';
import { assertCommitAllowed } from '../../../../src/delta/commit/commit-rules.ts';
import { newTableActions } from '../../../../src/delta/new-table.ts';
import { parseSchemaString } from '../../../../src/delta/schema/schema-string.ts';
import type { FeatureUse } from '../../../../src/delta/table-features.ts';
import { field, struct } from '../../../../src/model/table/table-schema.ts';
import { addOf } from '../../../support/delta-table.ts';

const schema = struct(field('id', 'long'), field('d', 'date'));

function table(properties: Readonly<Record<string, string>> = {}): { use: FeatureUse; actions: Action[] } {
  const actions = newTableActions({ schema, partitionColumns: ['d'], properties });
  const protocol = actions.find((action) => 'protocol' in action)!.protocol;
  const metaData = actions.find((action) => 'metaData' in action)!.metaData;
  return { use: { protocol, metaData, schema: parseSchemaString(metaData.schemaString) }, actions };
}

const add = (path: string): Action => ({ add: { ...addOf(path), partitionValues: { d: '2026-01-01' } } });
const txn: Action = { txn: { appId: 'a', version: '1' } };

describe('assertCommitAllowed', () => {
  it('allows what a batch and a new table consist of', () => {
    const { use, actions } = table();
    expect(() => assertCommitAllowed([add('a'), add('b'), txn], use, 't')).not.toThrow();
    expect(() => assertCommitAllowed([...actions, add('a')], undefined, 't')).not.toThrow();
  });

  it.each<[string, Action[], RegExp]>([
    ['two transaction identifiers of one appId', [txn, txn], /txn a/],
    ['two adds of one path', [add('x'), add('x')], /add x/],
    ['an add without the partition column', [{ add: addOf('x') }], /partition/],
    ['commitInfo of its own', [{ commitInfo: {} }], /commitInfo/],
  ])('takes %s for a bug', (_name, actions, message) => {
    const check = (): void => assertCommitAllowed(actions, table().use, 't');
    expect(check).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    expect(check).toThrow(message);
  });

  it('takes a first version without protocol or metaData for a bug', () => {
    for (const kept of ['protocol', 'metaData']) {
      const actions = table().actions.filter((action) => kept in action);
      expect(() => assertCommitAllowed(actions, undefined, 't')).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
    }
  });

  it('honours the table’s properties, those that it would set included', () => {
    const { use, actions } = table({ 'delta.appendOnly': 'true' });
    const remove: Action = { remove: { path: 'a', dataChange: true } };
    const unsupported = expect.objectContaining({ code: 'TABLE_FEATURE_UNSUPPORTED' }) as Error;
    expect(() => assertCommitAllowed([remove], use, 't')).toThrow(unsupported);
    const metaData = { ...actions.find((action) => 'metaData' in action)!.metaData };
    const expiring = { ...metaData, configuration: { 'delta.setTransactionRetentionDuration': '1 day' } };
    expect(() => assertCommitAllowed([{ metaData: expiring }], use, 't')).toThrow(unsupported);
  });
});
