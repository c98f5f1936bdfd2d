import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { runBronze } from '../../support/bronze-process.ts';
import { TestKafka } from '../../support/kafka.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

test('infer writes a job file from the newest records of all topic partitions, which then takes them', async () => {
  const kafka = await TestKafka.open();
  try {
    const topic = await kafka.createTopic({ partitions: 3 });
    await topic.send({ value: '{"old":true}', partition: 0 });
    const records = Array.from({ length: 30 }, (_, id) => {
      return { value: `{"id":${id},"event_time":"2026-01-27T10:00:${id + 10}Z"}`, partition: id % 3 };
    });
    await topic.send(...records);
    const folder = await scratchFolder();
    const file = path.join(folder, 'orders.yaml');
    const env = { KAFKA_BOOTSTRAP_SERVERS: kafka.bootstrapServers.join(','), LAKE_PATH: folder };
    const infer = ['infer', topic.name, '--records', '30', '--output', file];
    expect(await runBronze(infer, env)).toMatchObject({ code: 0, stdout: '', stderr: '' });
    const text = await readFile(file, 'utf8');
    expect(text).toContain('      id: int # 100 %; 0 to 29\n      event_time: timestamp # 100 %\n');
    expect(await runBronze(infer, env)).toMatchObject({ code: 2 });
    expect(await runBronze(['test', file], env)).toMatchObject({ code: 0 });
    const dryRun = await runBronze(['dry-run', file, '--records', '30', '--json'], env);
    expect(JSON.parse(dryRun.stdout)).toMatchObject([{ offsets: 30, rows: 30, deadLetters: 0 }]);
  } finally {
    await kafka.close();
  }
});
