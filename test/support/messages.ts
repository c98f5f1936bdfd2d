import type { Message } from 'kafkajs';

/** So many records with distinct JSON values, in turn over the partitions. */
export function numbered(count: number, partitions: number, from = 0): Message[] {
  return Array.from({ length: count }, (_, index) => ({
    partition: index % partitions,
    key: `key-${String(from + index)}`,
    value: JSON.stringify({ number: from + index, text: `event ${String(from + index)}` }),
  }));
}
