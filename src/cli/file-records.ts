import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { IHeaders, Message } from 'kafkajs';
import { BronzeError, errorMessage } from '../errors.ts';
import type { KafkaRecord } from '../model/batch/kafka-record.ts';
import type { Parsed } from '../model/batch/offset-position.ts';
import { isMap } from '../spec/document/document-path.ts';
import { readContent, readHeaders, readInstantMs } from '../spec/job-tests/record-content.ts';

/**
 * What the lines of a file are: values as they are; records in the words of a job's tests; dead letters as
 * `bronze dlq show --json` prints them, which become the records that they were.
 */
export const lineForms = ['values', 'records', 'deadLetters'] as const;

export type LineForm = (typeof lineForms)[number];

/** The records of a file, or of stdin (`-`); empty lines are none. @throws BronzeError USAGE, with the line. */
export async function* fileRecords(path: string, form: LineForm): AsyncGenerator<Message> {
  const input = path === '-' ? process.stdin : createReadStream(path);
  let line = 0;
  try {
    for await (const text of createInterface({ input, crlfDelay: Infinity })) {
      line += 1;
      if (text.trim() !== '') yield recordOfLine(text, form);
    }
  } catch (error) {
    const place = path === '-' ? 'stdin' : path;
    throw new BronzeError(
      'USAGE',
      line === 0 ? `${place} cannot be read: ${errorMessage(error)}` : `${place}:${line} ${errorMessage(error)}`,
    );
  }
}

/** @throws Error that says what was expected. */
export function recordOfLine(text: string, form: LineForm): Message {
  if (form === 'values') return { value: Buffer.from(text) };
  const line = parseObject(text);
  return form === 'records' ? plainRecord(line) : deadRecord(line);
}

function plainRecord({ value, key = null, headers = {}, timestamp, partition, ...others }: JsonObject): Message {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw new Error(`${unknown}: expected no more than value, key, headers, timestamp and partition`);
  const timestampMs = timestamp === undefined ? undefined : readInstantMs(timestamp);
  if (timestamp !== undefined && timestampMs === undefined)
    throw new Error('timestamp: expected ISO 8601 or milliseconds');
  if (partition !== undefined && !(Number.isSafeInteger(partition) && Number(partition) >= 0))
    throw new Error('partition: expected a whole number');
  return {
    value: bytesOf('value', readContent(value)),
    key: bytesOf('key', readContent(key)),
    headers: headersOf(must('headers', readHeaders(headers))),
    ...(timestampMs === undefined ? {} : { timestamp: String(timestampMs) }),
    ...(partition === undefined ? {} : { partition: Number(partition) }),
  };
}

/** Without its topic partition: keys choose one again, as they did when the record was sent first. */
function deadRecord({ value, key, headers, error_code: code }: JsonObject): Message {
  if (typeof code !== 'string') throw new Error('expected a line of "bronze dlq show --json"');
  if (value === null && code !== 'TOMBSTONE') throw new Error('the dead letter does not hold the value (steps.scrub)');
  const pairs = (Array.isArray(headers) ? headers : []).filter(isMap);
  return {
    value: bytesOf('value', base64(value)),
    key: bytesOf('key', base64(key)),
    headers: headersOf(
      pairs.map((pair) => [
        bytesOf('headers', base64(pair['key'])) ?? Buffer.alloc(0),
        bytesOf('headers', base64(pair['value'])),
      ]),
    ),
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

function parseObject(text: string): JsonObject {
  const parsed: unknown = JSON.parse(text);
  if (!isMap(parsed)) throw new Error('expected a JSON object');
  return parsed;
}

function base64(text: unknown): Parsed<Uint8Array | null> {
  return text === null || text === undefined ? { ok: true, value: null } : readContent({ base64: text });
}

function bytesOf(name: string, parsed: Parsed<Uint8Array | null>): Buffer | null {
  const bytes = must(name, parsed);
  return bytes === null ? null : Buffer.from(bytes);
}

function must<T>(name: string, parsed: Parsed<T>): T {
  if (parsed.ok) return parsed.value;
  throw new Error(`${name}: expected ${parsed.expected}`);
}

/** kafkajs takes a map of lists, and no null in it: that becomes an empty value. */
function headersOf(headers: KafkaRecord['headers']): IHeaders {
  const byName = Map.groupBy(headers, ([name]) => Buffer.from(name).toString('utf8'));
  return Object.fromEntries(
    [...byName].map(([name, pairs]) => [name, pairs.map(([, value]) => Buffer.from(value ?? []))]),
  );
}
