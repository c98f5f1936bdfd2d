import { BronzeError } from '../../errors.ts';
import type { Action } from '../actions.ts';
import { physicalName } from '../../model/table/column-mapping.ts';
import { columnMappingMode } from '../schema/column-mapping.ts';
import { parseSchemaString } from '../schema/schema-string.ts';
import { assertAppendOnlyHonoured, assertWritable, type FeatureUse } from '../table-features.ts';

/**
 * What must hold of every commit of ours, whatever the caller passes.
 * @throws BronzeError `TABLE_FEATURE_UNSUPPORTED` when the table does not allow it, `INTERNAL` for a bug of the caller.
 */
export function assertCommitAllowed(actions: readonly Action[], latest: FeatureUse | undefined, root: string): void {
  const after = tableAfter(actions, latest);
  if (!after) throw bug(root, 'the first version of a table needs a protocol and a metaData action');
  assertWritable(after, root);
  assertAppendOnlyHonoured(latest ?? after, actions, root);
  assertNoneTwice(actions, root);
  const mode = columnMappingMode(after.metaData);
  const partitionFields = after.schema.fields.filter(({ name }) => after.metaData.partitionColumns.includes(name));
  const columns = partitionFields
    .map((field) => physicalName(field, mode))
    .toSorted()
    .join('\0');
  for (const action of actions) {
    if ('commitInfo' in action) throw bug(root, 'commitInfo is made by the transaction');
    if (!('add' in action)) continue;
    if (Object.keys(action.add.partitionValues).toSorted().join('\0') !== columns) {
      throw bug(root, `${action.add.path} has other partition values than the table has partition columns`);
    }
  }
}

function tableAfter(actions: readonly Action[], latest: FeatureUse | undefined): FeatureUse | undefined {
  const protocol = actions.find((action) => 'protocol' in action)?.protocol ?? latest?.protocol;
  const metaData = actions.find((action) => 'metaData' in action)?.metaData;
  if (!protocol) return undefined;
  if (metaData) return { protocol, metaData, schema: parseSchemaString(metaData.schemaString) };
  return latest && { protocol, metaData: latest.metaData, schema: latest.schema };
}

/** PROTOCOL.md: one protocol, one metaData, one txn per appId, one add and one remove per path. */
function assertNoneTwice(actions: readonly Action[], root: string): void {
  const seen = new Set<string>();
  for (const action of actions) {
    const key = identityOf(action);
    if (seen.has(key)) throw bug(root, `one commit has two of ${key}`);
    seen.add(key);
  }
}

function identityOf(action: Action): string {
  if ('add' in action) return `add ${action.add.path}`;
  if ('remove' in action) return `remove ${action.remove.path}`;
  if ('txn' in action) return `txn ${action.txn.appId}`;
  if ('domainMetadata' in action) return `domainMetadata ${action.domainMetadata.domain}`;
  return Object.keys(action).join();
}

function bug(root: string, reason: string): BronzeError {
  return new BronzeError('INTERNAL', `${root}: this commit would be wrong: ${reason}`);
}
