import { BronzeError } from '../../errors.ts';
import { columnIdOf, type ColumnMappingMode } from '../../model/table/column-mapping.ts';
import type { StructField } from '../../model/table/table-schema.ts';
import type { MetaDataAction } from '../actions.ts';

/** @throws BronzeError `TABLE_FEATURE_UNSUPPORTED` for a mode that the protocol does not know. */
export function columnMappingMode({ configuration }: Pick<MetaDataAction, 'configuration'>): ColumnMappingMode {
  const mode = (configuration['delta.columnMapping.mode'] ?? 'none').toLowerCase();
  if (mode === 'none' || mode === 'name' || mode === 'id') return mode;
  throw new BronzeError('TABLE_FEATURE_UNSUPPORTED', `the columnMapping mode "${mode}" is not known`);
}

/**
 * The `field_id` of a column in data files.
 * @throws BronzeError `TABLE_CORRUPT` for a column without one.
 */
export function columnId(field: StructField): number {
  const id = columnIdOf(field, 'id');
  if (id !== undefined) return id;
  throw new BronzeError('TABLE_CORRUPT', `the column ${field.name} has no delta.columnMapping.id`);
}
