import { expect } from 'vitest';
import { avroLong, avroText } from '../../support/avro-bytes.ts';
import { queryLake } from '../../support/query-lake.ts';
import { SmallRegistry, wireValue } from '../../support/schema-registry.ts';
import { test } from '../../support/job-fixture.ts';

function order(...more: object[]): { readonly schema: string } {
  const fields = [{ name: 'id', type: 'long' }, ...more];
  return { schema: JSON.stringify({ type: 'record', name: 'Order', fields }) };
}

test('Avro records become rows by the schema that they name; an outage of the registry is waited for', async ({
  kafka,
  createJob,
}) => {
  const registry = await SmallRegistry.start();
  try {
    const topic = await kafka.createTopic();
    const subject = `${topic.name}-value`;
    registry.register(1, subject, 1, order());
    registry.register(2, subject, 2, order({ name: 'city', type: ['null', 'string'], default: null }));
    const document = { steps: { parse: { format: 'avro', registry: registry.url } } };
    const job = await createJob({ topics: [topic.name], document });
    await topic.send(
      { value: wireValue(1, avroLong(2n ** 53n + 1n)) },
      { value: wireValue(2, avroLong(2n), avroLong(1n), avroText('Zürich')) },
      { value: wireValue(99, avroLong(3n)) },
      { value: Buffer.from('no Avro') },
    );
    await job.start();
    await job.untilCaughtUp();

    registry.outage = { status: 503, body: '{"error_code":50301}' };
    registry.register(3, subject, 3, order({ name: 'note', type: 'string', default: '' }));
    await topic.send({ value: wireValue(3, avroLong(4n), avroText('later')) });
    const asked = registry.requests.length;
    await job.until(() => registry.requests.length > asked);
    registry.outage = undefined;
    await job.untilCaughtUp();

    const rows = await queryLake(job.tableOf(topic.name), 'SELECT id, city FROM t ORDER BY _kafka_offset');
    expect(rows.map(({ id, city }) => [String(id), city])).toEqual([
      ['9007199254740993', null],
      ['2', 'Zürich'],
      ['4', null],
    ]);
    const dead = await queryLake(
      job.deadLettersOf(topic.name),
      'SELECT error_code, schema_id FROM t ORDER BY "offset"',
    );
    expect(dead.map((row) => [row['error_code'], row['schema_id']])).toEqual([
      ['UNKNOWN_SCHEMA', 99],
      ['UNDECODABLE', null],
    ]);
    await job.expectVerified(5);
  } finally {
    await registry.stop();
  }
});

test('schemas that come while a job runs give the table new columns in the commit of their rows', async ({
  kafka,
  createJob,
}) => {
  const registry = await SmallRegistry.start();
  try {
    const topic = await kafka.createTopic({ partitions: 2 });
    const subject = `${topic.name}-value`;
    registry.register(1, subject, 1, order());
    const document = { steps: { parse: { format: 'avro', registry: registry.url } } };
    const job = await createJob({ topics: [topic.name], document });
    await topic.send({ value: wireValue(1, avroLong(1n)), partition: 0 });
    await job.start();
    await job.untilCaughtUp();

    const city = { name: 'city', type: ['null', 'string'], default: null };
    const home = { name: 'home', type: { type: 'record', name: 'Home', fields: [{ name: 'zip', type: 'string' }] } };
    registry.register(2, subject, 2, order(city));
    registry.register(3, subject, 3, order(home));
    registry.register(4, subject, 4, order({ name: 'city', type: 'long' }));
    await topic.send(
      { value: wireValue(2, avroLong(2n), avroLong(1n), avroText('Zürich')), partition: 0 },
      { value: wireValue(3, avroLong(3n), avroText('8001')), partition: 1 },
      { value: wireValue(4, avroLong(4n), avroLong(7n)), partition: 1 },
      { value: wireValue(1, avroLong(5n)), partition: 1 },
    );
    await job.untilCaughtUp();
    await topic.send({ value: wireValue(2, avroLong(6n), avroLong(1n), avroText('Bern')), partition: 0 });
    await job.untilCaughtUp();

    const rows = await queryLake(job.tableOf(topic.name), 'SELECT id, city, home.zip AS zip FROM t ORDER BY id');
    expect(rows.map(({ id, city: name, zip }) => [String(id), name, zip])).toEqual([
      ['1', null, null],
      ['2', 'Zürich', null],
      ['3', null, '8001'],
      ['5', null, null],
      ['6', 'Bern', null],
    ]);
    const dead = await queryLake(job.deadLettersOf(topic.name), 'SELECT error_code, error_message, schema_id FROM t');
    expect(dead).toMatchObject([
      {
        error_code: 'SCHEMA_INCOMPATIBLE',
        error_message: 'schema 4: city is long, and the column is string',
        schema_id: 4,
      },
    ]);
    await job.expectVerified(6);
  } finally {
    await registry.stop();
  }
});
