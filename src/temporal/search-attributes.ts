import type { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { searchAttributeTypes } from '../model/requests/search-attributes.ts';

const indexedTypes = {
  KEYWORD: proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  INT: proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_INT,
} as const;

/**
 * Makes the namespace know our search attributes, where this connection is allowed to. Gives whether it knows them: a
 * workflow that sets an unknown one would stall.
 */
export async function registerSearchAttributes(client: Client): Promise<boolean> {
  const { namespace } = client.options;
  const service = client.connection.operatorService;
  const isKnown = async (): Promise<boolean> => {
    const { customAttributes } = await service.listSearchAttributes({ namespace });
    return Object.keys(searchAttributeTypes).every((name) => Object.hasOwn(customAttributes, name));
  };
  const searchAttributes = Object.fromEntries(
    Object.entries(searchAttributeTypes).map(([name, type]) => [name, indexedTypes[type]]),
  );
  try {
    if (await isKnown()) return true;
    await service.addSearchAttributes({ namespace, searchAttributes });
    return await isKnown();
  } catch {
    // Temporal Cloud and locked-down clusters have no operator service for us; jobs run without search attributes.
    return false;
  }
}
