import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { topicRanges } from '../../../src/kafka/topic-ranges.ts';
import { runBronze } from '../../support/bronze-process.ts';
import { collect } from '../../support/collect.ts';
import { TestKafka } from '../../support/kafka.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

test('produce --file sends values, records and dead letters to a topic, with keys and headers', async () => {
  const kafka = await TestKafka.open();
  try {
    const topic = await kafka.createTopic({ partitions: 2 });
    const folder = await scratchFolder();
    const send = async (name: string, lines: readonly object[], ...flags: string[]): Promise<void> => {
      const file = join(folder, name);
      await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join('\n'));
      const brokers = kafka.bootstrapServers.join(',');
      const sent = await runBronze(['produce', topic.name, '--file', file, '-b', brokers, ...flags]);
      expect(sent, sent.stderr).toMatchObject({ code: 0, stdout: '' });
    };
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    await send('values.jsonl', [{ n: 1 }]);
    await send(
      'records.jsonl',
      [{ key: 'k', value: { n: 2 }, headers: { h: 'x' }, partition: 1 }],
      '--lines',
      'records',
    );
    const letter = { key: base64('k'), value: base64('{"n":3'), headers: [], error_code: 'INVALID_JSON' };
    await send('letters.jsonl', [letter], '--lines', 'deadLetters', '--gzip');

    const ranges = await topicRanges(kafka.reader, topic.name, 'read_committed');
    const records = (await collect(kafka.reader.readRanges(ranges))).flatMap((batch) => batch.records);
    const text = (bytes: Uint8Array | null): string | null => (bytes === null ? null : Buffer.from(bytes).toString());
    expect(
      new Set(
        records.map(({ key, value, headers }) => [text(key), text(value), headers.map((pair) => pair.map(text))]),
      ),
    ).toEqual(
      new Set([
        [null, '{"n":1}', []],
        ['k', '{"n":2}', [['h', 'x']]],
        ['k', '{"n":3', []],
      ]),
    );
    expect(records.find(({ value }) => text(value) === '{"n":2}')?.partition).toBe(1);
  } finally {
    await kafka.close();
  }
});

test('produce --file says which line is not in order, and that a topic is not there', async () => {
  const kafka = await TestKafka.open();
  try {
    const topic = await kafka.createTopic();
    const file = join(await scratchFolder(), 'records.jsonl');
    await writeFile(file, '{"value":"a"}\n{"key":"b"}\n');
    const args = ['--file', file, '--lines', 'records', '-b', kafka.bootstrapServers.join(',')];
    const wrong = await runBronze(['produce', topic.name, ...args]);
    expect(wrong).toMatchObject({
      code: 2,
      stderr: `error [USAGE] ${file}:2 value: expected a text, null, {base64: …}, {hex: …}, or what is to be written as JSON\n`,
    });
    const absent = await runBronze(['produce', `${topic.name}-absent`, ...args]);
    expect(absent.stderr).toContain('--partitions <n> creates it');
  } finally {
    await kafka.close();
  }
});
