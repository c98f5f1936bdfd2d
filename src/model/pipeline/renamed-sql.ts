import { quoteIdentifier } from './sql-text.ts';
import type { DataType, StructField } from '../table/table-schema.ts';

/** What the fields of structs are called before and after. */
export interface Renaming {
  from(field: StructField): string;
  to(field: StructField): string;
}

/** SQL that gives the structs within a value other names; the value itself where they have them. */
export function renamedSql(value: string, type: DataType, names: Renaming, depth = 0): string {
  if (typeof type === 'string' || !isRenamed(type, names)) return value;
  const item = `x${depth}`;
  switch (type.type) {
    case 'struct': {
      const fields = type.fields.map((field) => {
        const inner = `${value}.${quoteIdentifier(names.from(field))}`;
        return `${quoteIdentifier(names.to(field))} := ${renamedSql(inner, field.type, names, depth + 1)}`;
      });
      return `CASE WHEN ${value} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END`;
    }
    case 'array':
      return `list_transform(${value}, lambda ${item}: ${renamedSql(item, type.elementType, names, depth + 1)})`;
    case 'map': {
      const key = renamedSql(`${item}.key`, type.keyType, names, depth + 1);
      const mapped = renamedSql(`${item}.value`, type.valueType, names, depth + 1);
      const entry = `struct_pack(k := ${key}, v := ${mapped})`;
      return `map_from_entries(list_transform(map_entries(${value}), lambda ${item}: ${entry}))`;
    }
  }
}

function isRenamed(type: DataType, names: Renaming): boolean {
  if (typeof type === 'string') return false;
  switch (type.type) {
    case 'struct':
      return type.fields.some((field) => names.from(field) !== names.to(field) || isRenamed(field.type, names));
    case 'array':
      return isRenamed(type.elementType, names);
    case 'map':
      return isRenamed(type.keyType, names) || isRenamed(type.valueType, names);
  }
}
