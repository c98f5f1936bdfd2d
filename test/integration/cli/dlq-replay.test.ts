import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runBronze } from '../../support/bronze-process.ts';
import { addDeadLetters } from '../../support/dead-letter-table.ts';
import { TestKafka } from '../../support/kafka.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { sharedTaskQueue } from '../../support/servers.ts';

let kafka: TestKafka;

beforeAll(async () => {
  kafka = await TestKafka.open();
});

afterAll(() => kafka.close());

const name = 'rideshare-high-volume';

test('dlq replay says what it would send, sends it once, and dlq list and show say so', async () => {
  const lake = await scratchFolder();
  const topic = await kafka.createTopic();
  const letters = [
    { offset: 1, value: '{}', code: 'INVALID_UTF8' },
    { offset: 2, value: null, code: 'TOMBSTONE' },
    { offset: 3, redacted: true },
  ];
  const dlq = join(lake, 'dlq_pings');
  await addDeadLetters(
    dlq,
    letters.map((letter) => ({ ...letter, topic: topic.name, job: name })),
  );
  const where = ['--kafka-brokers', kafka.bootstrapServers.join(','), '--kafka-topic', topic.name, '--dlq-path', dlq];
  const replay = (...flags: readonly string[]): ReturnType<typeof runBronze> =>
    runBronze(['dlq', 'replay', name, ...where, ...flags]);

  const tried = await replay('--dry-run');
  expect(tried).toMatchObject({ code: 0, stderr: '' });
  expect(tried.stdout).toBe(
    `dlq_pings: 3 dead letters chosen
  1  would be sent: 1 INVALID_UTF8
  1  would be dead letters again, and stay: 1 TOMBSTONE
  1  have no record any more: the job scrubs personal data (scrub.deadLetters)
`,
  );
  const run = ['--task-queue', sharedTaskQueue(), '--workflow-id', `replay-${randomUUID()}`];
  const sent = await replay(...run);
  expect(sent).toMatchObject({ code: 0, stderr: '' });
  expect(sent.stdout).toContain('1  sent: 1 INVALID_UTF8');
  const again = await replay(...run, '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ shares: [{ sent: {}, left: { replayed: 1, redacted: 1 } }] });
  expect([...(await kafka.reader.listOffsets(topic.name, { at: 'latest' })).values()]).not.toEqual([0n]);

  const list = await runBronze(['dlq', 'list', '--lake', lake, '--json']);
  expect(JSON.parse(list.stdout)).toMatchObject([
    { code: 'CAST_FAILED', records: 1, replayed: 0 },
    { code: 'INVALID_UTF8', records: 1, replayed: 1 },
    { code: 'TOMBSTONE', records: 1, replayed: 0 },
  ]);
  const shown = await runBronze(['dlq', 'show', 'dlq_pings', '--lake', lake, '--offset', '1']);
  expect(shown.stdout).toMatch(/dead letter 2026-11-20T07:00:00\.000Z, sent again \d{4}-/);

  const wrong = await replay('--dry-run', '--where', 'offsett = 1');
  expect(wrong).toMatchObject({ code: 2 });
  expect(wrong.stderr).toContain('"offset"');
});
