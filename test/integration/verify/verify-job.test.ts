import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JobSpec } from '../../../src/model/job/job-spec.ts';
import { verifyJob } from '../../../src/verify/verify-job.ts';
import type { VerifyReport } from '../../../src/verify/verify-report.ts';
import { HandMadeTable, type MadeBatch, type MadeRow } from '../../support/hand-made-table.ts';
import { TestKafka, type TestTopic } from '../../support/kafka.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

let kafka: TestKafka;
let topic: TestTopic;
let topicId: string;

const json = (n: number): string => JSON.stringify({ n, pad: 'x'.repeat(20) });

/** Partition 0: 0–9 rows, 10 broken, 11 a tombstone, 12–14 aborted, 15 marker, 16–17 committed, 18 marker. 1: 20 rows. */
beforeAll(async () => {
  kafka = await TestKafka.open();
  topic = await kafka.createTopic({ partitions: 2 });
  await topic.send(...Array.from({ length: 10 }, (_, n) => ({ key: `k${n}`, value: json(n) })));
  await topic.send({ key: 'broken', value: '!not json' }, { key: 'gone', value: null });
  const producer = await kafka.transactionalProducer();
  const aborted = await producer.begin();
  await aborted.send(topic.name, ...[12, 13, 14].map((n) => ({ value: json(n) })));
  await aborted.abort();
  const committed = await producer.begin();
  await committed.send(topic.name, ...[16, 17].map((n) => ({ value: json(n) })));
  await committed.commit();
  await topic.send(...Array.from({ length: 20 }, (_, n) => ({ partition: 1, key: `p1-${n}`, value: json(n) })));
  topicId = (await kafka.reader.describeTopics([topic.name])).get(topic.name)!.topicId;
});

afterAll(() => kafka.close());

async function openTable(): Promise<HandMadeTable> {
  const { bootstrapServers } = kafka;
  const table = new HandMadeTable(kafka.reader, {
    topic: topic.name,
    topicId,
    folder: await scratchFolder(),
    bootstrapServers,
  });
  await table.open([
    [0, 0n],
    [1, 0n],
  ]);
  return table;
}

/** Three commits that cover both partitions; the damage is done to the second one, which covers partition 0 from 6 on. */
async function ingested(damage?: (batch: MadeBatch) => void): Promise<HandMadeTable> {
  const table = await openTable();
  await table.ingest([[0, 0n, 6n]]);
  await table.ingest([[0, 6n, 19n]], damage);
  await table.ingest([[1, 0n, 20n]]);
  return table;
}

const verify = (spec: JobSpec, mostDifferences = 20): Promise<VerifyReport> =>
  verifyJob({ spec, kafka: kafka.reader, mostDifferences });

async function damaged(damage: (batch: MadeBatch) => void): Promise<VerifyReport> {
  return verify((await ingested(damage)).spec);
}

function rowAt(rows: readonly MadeRow[], offset: bigint): MadeRow {
  return rows.find((row) => row.offset === offset)!;
}

const without = (rows: readonly MadeRow[], offset: bigint): MadeRow[] => rows.filter((row) => row.offset !== offset);

const kindsAt = (report: VerifyReport): string[] =>
  report.differences.map(
    ({ kind, partition, offset }) => `${kind} ${partition}${offset === undefined ? '' : `@${offset}`}`,
  );

describe('a table that holds what Kafka holds', () => {
  test('has no difference, with rows, dead letters and drops of each topic partition told', async () => {
    const report = await verify((await ingested()).spec);
    expect(report.differences).toEqual([]);
    expect(report).toMatchObject({ same: true, differenceCount: 0, comparedRecords: 34 });
    expect(report.topics[0]?.notes).toEqual([]);
    expect(report.topics[0]?.partitions).toMatchObject([
      {
        partition: 0,
        startOffset: '0',
        endOffset: '19',
        comparedFrom: '0',
        records: 14,
        rows: 12,
        deadLetters: 2,
        drops: 5,
        verdict: 'same',
      },
      {
        partition: 1,
        startOffset: '0',
        endOffset: '20',
        comparedFrom: '0',
        records: 20,
        rows: 20,
        deadLetters: 0,
        drops: 0,
        verdict: 'same',
      },
    ]);
  });

  test('has none before its first batch, nor before there is a table', async () => {
    const table = await openTable();
    expect(await verify(table.spec)).toMatchObject({ same: true, comparedRecords: 0 });
    const nowhere = { ...table.spec, table: { ...table.spec.table, path: `${table.spec.table.path}-absent` } };
    expect((await verify(nowhere)).topics[0]?.notes).toEqual(['there is no table yet']);
  });

  test('has none although dead letters of a batch that is being committed are there already', async () => {
    const table = await openTable();
    await table.ingest([[0, 0n, 6n]]);
    await table.commitDeadLettersAlone(0, 6n, 19n);
    const report = await verify(table.spec);
    expect(report).toMatchObject({ same: true, comparedRecords: 6 });
    expect(report.topics[0]?.partitions[0]).toMatchObject({ endOffset: '6', deadLetters: 2 });
  });
});

describe('verify finds', () => {
  test('a lost row', async () => {
    const report = await damaged((batch) => (batch.rows = without(batch.rows, 7n)));
    expect(report.same).toBe(false);
    expect(kindsAt(report)).toEqual(['counts 0', 'missing 0@7']);
  });

  test('a lost row that its commit did not count either', async () => {
    const report = await damaged((batch) => {
      batch.rows = without(batch.rows, 7n);
      batch.ranges = batch.ranges.map((range) => ({
        ...range,
        rows: range.rows - 1,
        drops: { ...range.drops, compacted: 1 },
      }));
    });
    expect(kindsAt(report)).toEqual(['missing 0@7']);
  });

  test('a doubled row', async () => {
    const report = await damaged((batch) => batch.rows.push(rowAt(batch.rows, 8n)));
    expect(kindsAt(report)).toEqual(['counts 0', 'doubled 0@8']);
  });

  test('a doubled file', async () => {
    const report = await damaged((batch) => batch.furtherFiles.push(batch.rows));
    expect(kindsAt(report)).toEqual(['counts 0', ...[6, 7, 8, 9, 16, 17].map((offset) => `doubled 0@${offset}`)]);
  });

  test('a lost row hidden behind a doubled one', async () => {
    const report = await damaged((batch) => {
      batch.rows = [...without(batch.rows, 7n), rowAt(batch.rows, 8n)];
    });
    expect(kindsAt(report).sort()).toEqual(['doubled 0@8', 'missing 0@7']);
  });

  test('a wrong value of the same length', async () => {
    const report = await damaged((batch) => (rowAt(batch.rows, 9n).value = Buffer.from(json(8))));
    expect(kindsAt(report)).toEqual(['wrongValue 0@9']);
  });

  test('two rows with swapped coordinates', async () => {
    const report = await damaged((batch) => {
      rowAt(batch.rows, 16n).offset = 99n;
      rowAt(batch.rows, 17n).offset = 16n;
      rowAt(batch.rows, 99n).offset = 17n;
    });
    expect(kindsAt(report)).toEqual(['wrongValue 0@16', 'wrongValue 0@17']);
  });

  test('a wrong key', async () => {
    const report = await damaged((batch) => (rowAt(batch.rows, 6n).key = null));
    expect(kindsAt(report)).toEqual(['wrongKey 0@6']);
  });

  test('a row of an aborted transaction, and of a transaction marker', async () => {
    const report = await damaged((batch) => {
      batch.rows.push({ partition: 0, offset: 13n, value: Buffer.from(json(13)), key: null });
      batch.rows.push({ partition: 0, offset: 15n, value: Buffer.from(json(15)), key: null });
    });
    expect(kindsAt(report)).toEqual(['counts 0', 'unexpectedRow 0@13', 'unexpectedRow 0@15']);
    expect(report.differences.map(({ expected }) => expected).join('\n')).toMatch(
      /aborted transaction[^]*transaction marker/,
    );
  });

  test('a missing dead letter', async () => {
    const report = await damaged((batch) => (batch.deadLetters = without(batch.deadLetters, 10n)));
    expect(kindsAt(report)).toEqual(['counts 0', 'missing 0@10']);
  });

  test('a doubled dead letter', async () => {
    const report = await damaged((batch) => batch.deadLetters.push(rowAt(batch.deadLetters, 10n)));
    expect(kindsAt(report)).toEqual(['counts 0', 'doubled 0@10']);
  });

  test('a dead letter with other bytes', async () => {
    const report = await damaged((batch) => (rowAt(batch.deadLetters, 10n).value = Buffer.from('!not jsom')));
    expect(kindsAt(report)).toEqual(['wrongValue 0@10']);
  });

  test('a record that is both row and dead letter', async () => {
    const report = await damaged((batch) => batch.deadLetters.push(rowAt(batch.rows, 8n)));
    expect(kindsAt(report)).toEqual(['counts 0', 'rowAndDeadLetter 0@8']);
  });

  test('a tombstone that was lost, which the policy sends to the dead letters', async () => {
    const report = await damaged((batch) => (batch.deadLetters = without(batch.deadLetters, 11n)));
    expect(kindsAt(report)).toEqual(['counts 0', 'tombstone 0@11']);
  });

  test('a wrong count in a commit note', async () => {
    const report = await damaged((batch) => {
      batch.ranges = batch.ranges.map((range) => ({
        ...range,
        rows: range.rows + 1,
        deadLetters: range.deadLetters - 1,
      }));
    });
    expect(kindsAt(report)).toEqual(['counts 0']);
  });

  test('counts of a commit note that do not add up to its range', async () => {
    const report = await damaged((batch) => {
      batch.ranges = batch.ranges.map((range) => ({ ...range, drops: {} }));
    });
    expect(kindsAt(report)).toEqual(['counts 0']);
    expect(report.differences[0]?.found).toBe('6 rows + 2 dead letters + 0 drops = 8');
  });

  test('a txn beyond the data', async () => {
    const table = await ingested();
    await table.moveTxn(1, 25n);
    const report = await verify(table.spec);
    expect(kindsAt(report)).toEqual(['position 1']);
    expect(report.differences[0]).toMatchObject({ found: 'it is 25' });
  });

  test('a txn of a partition that no commit covers', async () => {
    const table = await ingested();
    await table.moveTxn(7, 25n);
    expect(kindsAt(await verify(table.spec))).toEqual(['position 7']);
  });

  test('a gap between two commits', async () => {
    const table = await openTable();
    await table.ingest([[1, 0n, 6n]]);
    await table.ingest([[1, 8n, 20n]]);
    const report = await verify(table.spec);
    expect(kindsAt(report)).toEqual(['ranges 1']);
    expect(report.differences[0]).toMatchObject({ found: 'it goes on at 8' });
  });

  test('a range that was ingested twice', async () => {
    const table = await openTable();
    await table.ingest([[1, 0n, 20n]]);
    await table.ingest([[1, 10n, 20n]]);
    expect(kindsAt(await verify(table.spec))).toContain('ranges 1');
  });

  test('rows beyond the committed end, and of a partition that no commit covers', async () => {
    const report = await damaged((batch) => {
      batch.rows.push({ partition: 0, offset: 30n, value: Buffer.from('{}'), key: null });
      batch.rows.push({ partition: 5, offset: 0n, value: Buffer.from('{}'), key: null });
    });
    expect(kindsAt(report)).toEqual(['outsideRanges 0@30', 'outsideRanges 5']);
  });

  test('more differences than it tells of, and counts them all', async () => {
    const table = await ingested((batch) => (batch.rows = []));
    const report = await verify(table.spec, 3);
    expect(report.differences).toHaveLength(3);
    expect(report.differenceCount).toBe(7);
  });
});

describe('tombstones', () => {
  const withPolicy = (spec: JobSpec, tombstones: 'deadLetter' | 'drop' | 'keep'): JobSpec => ({
    ...spec,
    steps: { ...spec.steps, malformed: { records: 'deadLetter', tombstones } },
  });

  test('may be rows with a null value, where the policy keeps them', async () => {
    const table = await ingested((batch) => {
      batch.rows.push(rowAt(batch.deadLetters, 11n));
      batch.deadLetters = without(batch.deadLetters, 11n);
      batch.ranges = batch.ranges.map((range) => ({ ...range, rows: 7, deadLetters: 1 }));
    });
    const report = await verify(withPolicy(table.spec, 'keep'));
    expect(report.differences).toEqual([]);
    expect(report.topics[0]?.notes).toEqual([]);
  });

  test('may be counted drops, where the policy drops them', async () => {
    const table = await ingested((batch) => {
      batch.deadLetters = without(batch.deadLetters, 11n);
      batch.ranges = batch.ranges.map((range) => ({
        ...range,
        deadLetters: 1,
        drops: { ...range.drops, tombstone: 1 },
      }));
    });
    const report = await verify(withPolicy(table.spec, 'drop'));
    expect(report.differences).toEqual([]);
    expect(report.topics[0]?.notes).toEqual([]);
  });

  test('treated as their commit counted are no difference after the policy was changed, but a note', async () => {
    const report = await verify(withPolicy((await ingested()).spec, 'drop'));
    expect(report.same).toBe(true);
    expect(report.topics[0]?.notes.join()).toMatch(/1 tombstones were not treated as the job says now/);
  });
});

describe('a job without coordinate columns', () => {
  const blind = (spec: JobSpec): JobSpec => ({
    ...spec,
    steps: { ...spec.steps, metadata: { columns: [{ name: 'raw', source: 'value' }] } },
  });

  test('is counted only, and the report says so', async () => {
    const report = await verify(blind((await ingested()).spec));
    expect(report).toMatchObject({ same: true, comparedRecords: 0 });
    expect(report.topics[0]?.partitions.map(({ verdict }) => verdict)).toEqual(['counted', 'counted']);
    expect(report.topics[0]?.notes.join()).toMatch(/no columns with partition and offset/);
  });

  test('still shows a lost row by its count', async () => {
    const report = await verify(blind((await ingested((batch) => (batch.rows = without(batch.rows, 7n)))).spec));
    expect(report).toMatchObject({ same: false, differenceCount: 1 });
    expect(report.differences[0]).toMatchObject({ kind: 'counts', found: '31 rows in the table' });
  });
});

describe('after a reset', () => {
  test('that keeps rows, the replayed range holds each record twice, and no other', async () => {
    const table = await ingested();
    await table.reset(1, 20n, 15n, 'keep');
    await table.ingest([[1, 15n, 20n]]);
    const report = await verify(table.spec);
    expect(report.differences).toEqual([]);
    expect(report.topics[0]?.partitions[1]).toMatchObject({ rows: 25, verdict: 'same' });
  });

  test('that keeps rows, one that was not replayed is missing, and one outside of the range doubled', async () => {
    const table = await ingested();
    await table.reset(1, 20n, 15n, 'keep');
    await table.ingest([[1, 15n, 20n]], (batch) => {
      rowAt(batch.rows, 17n).offset = 14n;
      rowAt(batch.rows, 14n).value = Buffer.from(json(14));
      rowAt(batch.rows, 14n).key = Buffer.from('p1-14');
    });
    const report = await verify(table.spec);
    expect(kindsAt(report).sort()).toEqual(['doubled 1@14', 'missing 1@17']);
  });

  test('that discards rows, the replay leaves no trace', async () => {
    const table = await ingested();
    await table.reset(1, 20n, 0n, 'discard', ['part-3-0.parquet']);
    await table.ingest([[1, 0n, 20n]]);
    const report = await verify(table.spec);
    expect(report.differences).toEqual([]);
  });

  test('that should have discarded rows and did not, they are doubled', async () => {
    const table = await ingested();
    await table.reset(1, 20n, 0n, 'discard');
    await table.ingest([[1, 0n, 20n]]);
    expect((await verify(table.spec)).differenceCount).toBe(21);
  });

  test('that skips ahead, the skipped offsets are expected nowhere', async () => {
    const table = await openTable();
    await table.ingest([[1, 0n, 5n]]);
    await table.reset(1, 5n, 12n, 'keep');
    await table.ingest([[1, 12n, 20n]]);
    const report = await verify(table.spec);
    expect(report.differences).toEqual([]);
    expect(report.comparedRecords).toBe(13);
  });
});

describe('records that Kafka does not have any more', () => {
  test('of a topic that was made anew are counted beside those of its successor', async () => {
    const renewed = await kafka.createTopic();
    const folder = await scratchFolder();
    const incarnation = async (): Promise<HandMadeTable> => {
      const id = (await kafka.reader.describeTopics([renewed.name])).get(renewed.name)!.topicId;
      return new HandMadeTable(kafka.reader, {
        topic: renewed.name,
        topicId: id,
        folder,
        bootstrapServers: kafka.bootstrapServers,
      });
    };
    await renewed.send(...Array.from({ length: 6 }, (_, n) => ({ value: json(n) })));
    const first = await incarnation();
    await first.open([[0, 0n]]);
    await first.ingest([[0, 0n, 6n]]);
    await renewed.recreate();
    await renewed.send(...Array.from({ length: 9 }, (_, n) => ({ value: json(100 + n) })));
    const second = await incarnation();
    await first.moveTxn(0, -1n);
    await second.open([[0, 0n]], { fileNames: 'second' });
    await second.ingest([[0, 0n, 9n]], (batch) => (batch.rows = without(batch.rows, 7n)));
    const report = await verify(second.spec);
    expect(report.topics[0]?.partitions).toMatchObject([{ comparedFrom: '6', records: 3, rows: 14 }]);
    expect(kindsAt(report)).toEqual(['counts 0', 'missing 0@7']);
  });

  test('are compared by counts, those that it has by offset', async () => {
    const short = await kafka.createTopic();
    await short.send(...Array.from({ length: 10 }, (_, n) => ({ value: json(n) })));
    const id = (await kafka.reader.describeTopics([short.name])).get(short.name)!.topicId;
    const at = {
      topic: short.name,
      topicId: id,
      folder: await scratchFolder(),
      bootstrapServers: kafka.bootstrapServers,
    };
    const table = new HandMadeTable(kafka.reader, at);
    await table.open([[0, 0n]]);
    await table.ingest([[0, 0n, 10n]], (batch) => batch.rows.push(rowAt(batch.rows, 2n)));
    await short.deleteRecordsBefore(0, 4);
    const report = await verify(table.spec);
    expect(report.topics[0]?.partitions[0]).toMatchObject({ comparedFrom: '4', records: 6, rows: 11 });
    expect(kindsAt(report)).toEqual(['counts 0', 'doubled 0@2']);
  });

  test('of a topic that was deleted leave ranges and counts to compare', async () => {
    const gone = await kafka.createTopic();
    await gone.send({ value: json(1) }, { value: json(2) });
    const id = (await kafka.reader.describeTopics([gone.name])).get(gone.name)!.topicId;
    const at = {
      topic: gone.name,
      topicId: id,
      folder: await scratchFolder(),
      bootstrapServers: kafka.bootstrapServers,
    };
    const table = new HandMadeTable(kafka.reader, at);
    await table.open([[0, 0n]]);
    await table.ingest([[0, 0n, 2n]]);
    await gone.delete();
    const report = await verify(table.spec);
    expect(report).toMatchObject({ same: true, comparedRecords: 0 });
    expect(report.topics[0]?.partitions[0]?.verdict).toBe('counted');
    expect(report.topics[0]?.notes.join()).toMatch(/does not have the topic any more/);
  });
});
