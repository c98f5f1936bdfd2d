import type { StructField } from '../../model/table/table-schema.ts';
import { duckType, quoteLiteral } from '../../model/pipeline/sql-text.ts';

/** SQL for a partition value as the log has it (PROTOCOL.md, Partition Value Serialization); the empty text is null. */
export function partitionLiteral(value: string | null | undefined, { type }: Pick<StructField, 'type'>): string {
  if (value === null || value === undefined || value === '') return `CAST(NULL AS ${duckType(type)})`;
  if (type === 'binary') {
    const escaped = [...bytesOf(value)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`);
    return `'${escaped.join('')}'::BLOB`;
  }
  return `CAST(${quoteLiteral(value)} AS ${duckType(type)})`;
}

/** Each character is a byte; writers that print bytes as UTF-8 text leave characters that no byte is. */
function bytesOf(value: string): Buffer {
  return Buffer.from(value, /[^\0-\xff]/.test(value) ? 'utf8' : 'latin1');
}
