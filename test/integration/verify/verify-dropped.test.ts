import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DroppedOffsets, DroppedSet } from '../../../src/model/batch/dropped-offsets.ts';
import type { JobSpec } from '../../../src/model/job/job-spec.ts';
import { verifyJob } from '../../../src/verify/verify-job.ts';
import type { VerifyReport } from '../../../src/verify/verify-report.ts';
import { HandMadeTable, type MadeBatch } from '../../support/hand-made-table.ts';
import { TestKafka, type TestTopic } from '../../support/kafka.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

let kafka: TestKafka;
let topic: TestTopic;
let topicId: string;

/** Ten records, then three of an aborted transaction and its marker. */
beforeAll(async () => {
  kafka = await TestKafka.open();
  topic = await kafka.createTopic();
  await topic.send(...Array.from({ length: 10 }, (_, n) => ({ key: `k${n}`, value: JSON.stringify({ n }) })));
  const producer = await kafka.transactionalProducer();
  const aborted = await producer.begin();
  await aborted.send(topic.name, { value: '1' }, { value: '2' }, { value: '3' });
  await aborted.abort();
  topicId = (await kafka.reader.describeTopics([topic.name])).get(topic.name)!.topicId;
});

afterAll(() => kafka.close());

async function openTable(): Promise<HandMadeTable> {
  const { bootstrapServers } = kafka;
  const at = { topic: topic.name, topicId, folder: await scratchFolder(), bootstrapServers };
  const table = new HandMadeTable(kafka.reader, at);
  await table.open([[0, 0n]]);
  return table;
}

const inline = (...sets: DroppedSet[]): DroppedOffsets[] => [{ kind: 'inline', sets }];
const failed = (offsets: string, partition = 0): DroppedSet => ({ partition, reason: 'failedRule', offsets });

/** Steps dropped the records at 3, 4 and 7, and the note says what it is given. */
function drop(batch: MadeBatch, dropped: DroppedOffsets[], counted = 3): void {
  batch.rows = batch.rows.filter(({ offset }) => ![3n, 4n, 7n].includes(offset));
  batch.dropped = dropped;
  batch.ranges = batch.ranges.map((range) => {
    return { ...range, rows: batch.rows.length, drops: { ...range.drops, failedRule: counted } };
  });
}

async function ingested(dropped: DroppedOffsets[], counted = 3): Promise<HandMadeTable> {
  const table = await openTable();
  await table.ingest([[0, 0n, 14n]], (batch) => drop(batch, dropped, counted));
  return table;
}

const verify = (spec: JobSpec): Promise<VerifyReport> => verifyJob({ spec, kafka: kafka.reader });

const kindsOf = (report: VerifyReport): string[] =>
  report.differences.map(({ kind, offset }) => (offset === undefined ? kind : `${kind} @${offset}`));

const right = inline(failed('3x2,2'));

async function writeSideFile({ spec }: HandMadeTable, text: string): Promise<void> {
  await mkdir(join(spec.table.path, '_dropped'), { recursive: true });
  await writeFile(join(spec.table.path, '_dropped/a.json'), text);
}

const listed: DroppedOffsets[] = [{ kind: 'listed', path: '_dropped/a.json' }];

describe('offsets that steps dropped', () => {
  test('are in their place when the note names them', async () => {
    const report = await verify((await ingested(right)).spec);
    expect(report.differences).toEqual([]);
    expect(report.topics[0]?.partitions).toMatchObject([{ records: 10, rows: 7, drops: 7, verdict: 'same' }]);
  });

  test('may be named share by share, and in a file', async () => {
    const table = await ingested([...inline(failed('3')), ...listed]);
    await writeSideFile(table, JSON.stringify([failed('4,2')]));
    expect((await verify(table.spec)).differences).toEqual([]);
  });

  test.each<[what: string, dropped: DroppedOffsets[], kinds: string[]]>([
    ['fewer than were dropped', inline(failed('3x2')), ['drops', 'missing @7']],
    ['none', [], ['drops', 'missing @3', 'missing @4', 'missing @7']],
    ['more than were dropped', inline(failed('3x3,1')), ['drops', 'rowAndDrop @5']],
    ['another in the place of one', inline(failed('3x2,1')), ['missing @7', 'rowAndDrop @6']],
    ['one twice', inline(failed('3x2'), failed('4')), ['doubled @4', 'missing @7']],
    ['one of an aborted transaction', inline(failed('3x2,6')), ['missing @7', 'unexpectedDrop @11']],
    ['some beyond the range', inline(failed('3x2,2,20')), ['drops']],
    ['some of another topic partition', inline(failed('3x2,2'), failed('1', 5)), ['drops']],
    ['them for another reason', inline({ ...failed('3x2,2'), reason: 'duplicate' }), ['drops', 'drops']],
    ['something that is no offset', inline(failed('3x2,?')), ['drops', 'missing @7']],
  ])('are a difference when the note names %s', async (_, dropped, kinds) => {
    expect(kindsOf(await verify((await ingested(dropped)).spec)).sort()).toEqual(kinds);
  });

  test('are a difference when the note counts more than it names', async () => {
    const table = await openTable();
    await table.ingest([[0, 0n, 14n]], (batch) => {
      drop(batch, right, 4);
      batch.rows = batch.rows.filter(({ offset }) => offset !== 8n);
      batch.ranges = batch.ranges.map((range) => ({ ...range, rows: 6 }));
    });
    expect(kindsOf(await verify(table.spec)).sort()).toEqual(['drops', 'missing @8']);
  });

  test.each([
    ['is not there', undefined],
    ['is damaged', '[{"partition":0,'],
    ['is another one', '{"partition":0}'],
  ])('are a difference when the file with them %s', async (_, text) => {
    const table = await ingested(listed);
    if (text !== undefined) await writeSideFile(table, text);
    expect(kindsOf(await verify(table.spec))).toContain('drops');
  });

  test('are compared with their number where the table does not tell offsets', async () => {
    const { spec } = await ingested(inline(failed('3x2')));
    const blind = { ...spec.steps, metadata: { columns: [{ name: 'raw', source: 'value' }] } } as const;
    expect(kindsOf(await verify({ ...spec, steps: blind }))).toEqual(['drops']);
  });
});

describe('after a reset', () => {
  test('that discards rows, the dropped offsets of the batch count no more, and its file may be gone', async () => {
    const table = await ingested(listed);
    await writeSideFile(table, JSON.stringify([failed('3x2,2')]));
    await table.reset(0, 14n, 0n, 'discard', ['part-1-0.parquet']);
    await rm(join(table.spec.table.path, '_dropped'), { recursive: true });
    await table.ingest([[0, 0n, 14n]]);
    expect((await verify(table.spec)).differences).toEqual([]);
  });

  test('that discards a part, those before it stay', async () => {
    const table = await openTable();
    await table.ingest([[0, 0n, 14n]], (batch) => {
      drop(batch, right);
      batch.furtherFiles = [batch.rows.filter(({ offset }) => offset >= 5n)];
      batch.rows = batch.rows.filter(({ offset }) => offset < 5n);
    });
    await table.reset(0, 14n, 5n, 'discard', ['part-1-1.parquet']);
    await table.ingest([[0, 5n, 14n]]);
    expect((await verify(table.spec)).differences).toEqual([]);
  });

  test('that keeps rows, a record may be a row once and dropped once', async () => {
    const table = await ingested(right);
    await table.reset(0, 14n, 0n, 'keep');
    await table.ingest([[0, 0n, 14n]]);
    expect((await verify(table.spec)).differences).toEqual([]);
  });
});
