import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runBronze, startBronze } from '../../support/bronze-process.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';
import { addTrips, makeSmallLake } from '../../support/small-lake.ts';

/** A job that writes the two tables of the small lake. */
async function makeJob(): Promise<{ lake: string; args: readonly string[] }> {
  const lake = await makeSmallLake(await scratchFolder());
  const yaml = `
source: { topics: trips }
table: { path: ${lake}/bronze_trips }
deadLetter: { path: ${lake}/dlq_trips }
`;
  await writeFile(join(lake, 'rides.yaml'), yaml);
  return { lake, args: ['tail', 'rides', '--jobs-folder', lake, '--lake', lake] };
}

test('tail of a job shows the newest rows of each of its tables', async () => {
  const { args } = await makeJob();
  const shown = await runBronze([...args, '-n', '2']);
  expect(shown).toMatchObject({ code: 0, stderr: '' });
  expect(shown.stdout).toMatch(
    /^bronze_trips {2}version 2 {2}2 rows\n +trip_id .*\n.*\n.*\ndlq_trips {2}version 1 {2}2 rows\n/,
  );
  const some = await runBronze([...args, '--where', 'fare >= 4.5', '--json']);
  expect(some.stdout.split('\n').slice(0, -1)).toHaveLength(2);
  expect(JSON.parse(some.stdout.split('\n')[0]!)).toMatchObject({
    table: 'bronze_trips',
    version: 2,
    change: 'insert',
    row: { fare: '4.50' },
  });
  expect(some.stderr).toMatch(/^\(dlq_trips is not shown: .*fare/);
  expect((await runBronze([...args, '--where', 'nonsense'])).code).toBe(2);
});

test('tail --follow shows commits as they come, says what it leaves out, and ends with Ctrl-C', async () => {
  const { lake, args } = await makeJob();
  const watching = startBronze([...args, '-n', '3', '--follow', '--json']);
  await watching.until('stdout', '"table":"dlq_trips"');
  await addTrips(lake, 20);
  await watching.until('stderr', '… and 7 more of version 3 of bronze_trips');
  watching.child.kill('SIGINT');
  const [code] = (await once(watching.child, 'close')) as [number];
  expect(code).toBe(0);
  const rows = watching.output.stdout.split('\n').filter((line) => line.includes('"version":3'));
  expect(rows.map((line) => (JSON.parse(line) as { row: { fare: string } }).row.fare)).toEqual([
    '6.75',
    '7.00',
    '7.25',
  ]);
});
