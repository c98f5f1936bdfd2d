import type { DataType, StructField } from '../../model/table/table-schema.ts';

const sparkNames: Readonly<Record<string, string>> = {
  long: 'bigint',
  integer: 'int',
  short: 'smallint',
  byte: 'tinyint',
};

/** A type in Spark's DDL; `parseType` reads it back. */
export function formatType(type: DataType): string {
  if (typeof type === 'string') return sparkNames[type] ?? type;
  switch (type.type) {
    case 'array':
      return `array<${formatType(type.elementType)}>`;
    case 'map':
      return `map<${formatType(type.keyType)}, ${formatType(type.valueType)}>`;
    case 'struct':
      return `struct<${type.fields.map(formatField).join(', ')}>`;
  }
}

function formatField({ name, type, nullable, metadata }: StructField): string {
  const plain = /^[\p{L}\p{N}_$-]+$/u.test(name) ? name : `\`${name.replaceAll('`', '``')}\``;
  const { comment } = metadata;
  const remark = typeof comment === 'string' ? ` comment '${comment.replaceAll(/['\\]/g, String.raw`\$&`)}'` : '';
  return `${plain}: ${formatType(type)}${nullable ? '' : ' not null'}${remark}`;
}
