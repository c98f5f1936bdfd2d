import { BronzeError } from '../errors.ts';
import type { StructField } from '../model/table-schema.ts';
import type { MetaDataAction } from './actions.ts';

/** How columns are found in data files: by their names, or as PROTOCOL.md, Column Mapping says. */
export type ColumnMappingMode = 'none' | 'name' | 'id';

/** @throws BronzeError `TABLE_FEATURE_UNSUPPORTED` for a mode that the protocol does not know. */
export function columnMappingMode({ configuration }: Pick<MetaDataAction, 'configuration'>): ColumnMappingMode {
  const mode = (configuration['delta.columnMapping.mode'] ?? 'none').toLowerCase();
  if (mode === 'none' || mode === 'name' || mode === 'id') return mode;
  throw new BronzeError('TABLE_FEATURE_UNSUPPORTED', `the columnMapping mode "${mode}" is not known`);
}

/** The name of a column, at any depth, in data files, partition values and statistics. */
export function physicalName({ name, metadata }: StructField, mode: ColumnMappingMode): string {
  const physical = metadata['delta.columnMapping.physicalName'];
  return mode !== 'none' && typeof physical === 'string' ? physical : name;
}

/**
 * The `field_id` of a column in data files.
 * @throws BronzeError `TABLE_CORRUPT` for a column without one.
 */
export function columnId({ name, metadata }: StructField): number {
  const id = metadata['delta.columnMapping.id'];
  if (typeof id === 'number' && Number.isSafeInteger(id)) return id;
  throw new BronzeError('TABLE_CORRUPT', `the column ${name} has no delta.columnMapping.id`);
}
