import type { TableDescription } from '../../lake/table/describe-table.ts';
import type { DataType, StructType } from '../../model/table/table-schema.ts';
import { formatType } from '../../spec/column-types/type-format.ts';
import { dataColors } from './messages.ts';
import { writeLine } from './stdout.ts';
import { renderTable } from './table.ts';
import { formatBytes, formatCount, formatInstant } from './units.ts';

/** `bronze table describe` for people. */
export async function printDescription(table: TableDescription): Promise<void> {
  const { protocol } = table;
  const partitions =
    table.partitionColumns.length === 0
      ? 'none'
      : `${table.partitionColumns.join(', ')} (${formatCount(table.partitionValues)} ${table.partitionValues === 1 ? 'value' : 'values'})`;
  const facts: [string, string][] = [
    ['table', table.name],
    ['root', table.root],
    ['version', `${table.version} of ${formatInstant(table.lastCommitTimestampMs)}`],
    ['protocol', `reader ${protocol.minReaderVersion}, writer ${protocol.minWriterVersion}`],
    ['partition columns', partitions],
    ['files', `${formatCount(table.files)}, ${formatBytes(table.sizeBytes)}`],
    ['rows', table.rows === undefined ? 'unknown: not all files have statistics' : formatCount(table.rows)],
    ...Object.entries(table.properties).map(([key, value]): [string, string] => [key, value]),
  ];
  if (table.description !== undefined) facts.splice(2, 0, ['description', table.description]);
  const width = Math.max(...facts.map(([key]) => key.length));
  for (const [key, value] of facts) await writeLine(`${dataColors.bold(key.padEnd(width))}  ${value}`);

  await writeLine('');
  await writeLine(renderTable([{ title: 'column' }, { title: 'type' }, { title: 'null' }], schemaRows(table.schema)));
  if (table.positions.length === 0) return;
  await writeLine('');
  await writeLine(
    renderTable(
      [
        { title: 'job' },
        { title: 'topic' },
        { title: 'partition', align: 'right' },
        { title: 'next offset', align: 'right' },
        { title: 'topic id' },
      ],
      table.positions.map(({ job, topic, partition, offset, topicId }) => [
        job,
        topic,
        String(partition),
        formatCount(BigInt(offset)),
        topicId,
      ]),
    ),
  );
}

function schemaRows(schema: StructType, depth = 0): string[][] {
  return schema.fields.flatMap((field) => [
    [`${'  '.repeat(depth)}${field.name}`, typeText(field.type), field.nullable ? '' : 'not null'],
    ...nestedRows(field.type, depth + 1),
  ]);
}

function nestedRows(type: DataType, depth: number): string[][] {
  if (typeof type === 'string') return [];
  if (type.type === 'struct') return schemaRows(type, depth);
  return nestedRows(type.type === 'array' ? type.elementType : type.valueType, depth);
}

function typeText(type: DataType): string {
  if (typeof type === 'string') return formatType(type);
  switch (type.type) {
    case 'struct':
      return 'struct';
    case 'array':
      return `array<${typeText(type.elementType)}>`;
    case 'map':
      return `map<${typeText(type.keyType)}, ${typeText(type.valueType)}>`;
  }
}
