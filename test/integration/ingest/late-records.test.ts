import { expect } from 'vitest';
import { commitLateRecords } from '../../../src/ingest/outputs/commit-late-records.ts';
import { findDeadLetters, readDeadLetters } from '../../../src/lake/dead-letters.ts';
import { event, startMs, test, windows } from '../../support/outputs-fixture.ts';
import type { SteppedLane } from '../../support/stepped-lane.ts';

const late = { ...windows, late: 'deadLetter' };
const hops = { ...late, window: { hopping: '20 seconds', every: '10 seconds' }, mode: 'append' };

/** In each topic partition the last record is late for all windows. */
const round = [
  { partition: 0, value: 'broken' },
  ...[0, 1].flatMap((partition) => [event(50, 'a', 1, partition), event(1, 'late', 1, partition)]),
];

function deadLettersOf(lane: SteppedLane): Promise<readonly (readonly unknown[])[]> {
  return lane.query(`SELECT job, step, error_code, partition, "offset"::INTEGER FROM "dlq_${lane.topic}" ORDER BY ALL`);
}

function expectedDeadLetters({ spec: { name } }: SteppedLane): readonly (readonly unknown[])[] {
  return [
    ...['hops', 'windows'].flatMap((output) => [
      [name, `outputs.${output}`, 'LATE_RECORD', 0, 2],
      [name, `outputs.${output}`, 'LATE_RECORD', 1, 1],
    ]),
    [name, 'parse', 'INVALID_JSON', 0, 0],
  ];
}

test('attempts of one batch make each late record a dead letter once, and those of a dead worker none', async ({
  topic,
  laneWith,
}) => {
  const lane = await laneWith({ windows: late, hops });
  await topic.send(...round);
  const staged = await lane.stage(await lane.open());
  await lane.commitDeadLetters(staged);
  await Promise.all([lane.commitOutputs(staged), lane.commitOutputs(staged)]);
  await lane.commitOutputs(staged);
  await lane.open();
  const { spec, plan, groups } = staged;
  const parts = groups.flatMap(({ outputs = [] }) => outputs.filter(({ name }) => name === 'windows'));
  const again = commitLateRecords(lane.connections, { spec, plan, output: 'windows', parts }, plan.ranges);
  await expect(again).rejects.toMatchObject({ code: 'LANE_FENCED' });
  // What the outputs have stays, and the rest comes again.
  await lane.ingest();
  expect(await deadLettersOf(lane)).toEqual(expectedDeadLetters(lane));
  await lane.expectProven();
});

test('a reset that keeps rows leaves late records alone, one that discards them finds them again, and both another job', async ({
  topic,
  laneWith,
}) => {
  const lane = await laneWith({ windows: late, hops });
  const table = { path: `${lane.outputFolder()}/rows_of_other` };
  const outputs = { windows: { ...late, path: `${lane.outputFolder()}/windows_of_other` } };
  const other = await laneWith({}, { document: { name: 'other', table, outputs } });
  await topic.send(...round);
  for (const each of [lane, other]) await each.ingest();
  const ofOther = [
    ['other', 'outputs.windows', 'LATE_RECORD', 0, 2],
    ['other', 'outputs.windows', 'LATE_RECORD', 1, 1],
  ];
  const expected = [...expectedDeadLetters(lane), ...ofOther, ['other', 'parse', 'INVALID_JSON', 0, 0]];
  expect(await deadLettersOf(lane)).toEqual(expected);
  await lane.reset({ to: { kind: 'earliest' }, rows: 'keep' });
  await lane.ingest();
  const repeated = [lane.spec.name, 'parse', 'INVALID_JSON', 0, 0];
  const kept = [...expected, repeated].toSorted();
  expect((await deadLettersOf(lane)).toSorted()).toEqual(kept);
  await lane.expectProven();

  await lane.reset({ to: { kind: 'earliest' }, rows: 'discard' });
  await lane.open();
  expect(await deadLettersOf(lane)).toEqual([...ofOther, ['other', 'parse', 'INVALID_JSON', 0, 0]]);
  await lane.ingest();
  expect(await deadLettersOf(lane)).toEqual(expected);
  await lane.expectProven();
});

test('a late record is there as it came, and where personal data is scrubbed without its content', async ({
  topic,
  laneWith,
}) => {
  const lane = await laneWith({ windows: late, hops });
  const headers = { source: 'gate 7' };
  await topic.send(event(50, 'a', 1), { ...event(1, 'b', 2), key: 'k', headers });
  await lane.ingest();
  const show = async (name: string) =>
    readDeadLetters(await findDeadLetters(name, lane.outputFolder()), { code: 'LATE_RECORD', limit: 10 });
  const at = (seconds: number): string => new Date(startMs + seconds * 1000).toISOString().replace('.000Z', 'Z');
  const times = `event time ${at(1)}, watermark ${at(45)}`;
  const message = `late for windows: ${times}; missed the window [${at(0)}, ${at(10)})`;
  const whole = (await show(`dlq_${topic.name}`)).toSorted((a, b) => a.step.localeCompare(b.step));
  const record = {
    ...{ topic: topic.name, partition: 0, offset: 1n, key: Buffer.from('k') },
    value: Buffer.from(event(1, 'b', 2).value),
    headers: [{ key: Buffer.from('source'), value: Buffer.from('gate 7') }],
  };
  const missed = `the windows from [${at(-10)}, ${at(10)}) to [${at(0)}, ${at(20)})`;
  expect(whole).toMatchObject([
    { ...record, step: 'outputs.hops', error_message: `late for hops: ${times}; missed ${missed}` },
    { ...record, step: 'outputs.windows', error_message: message },
  ]);

  const folder = lane.outputFolder();
  const careful = await laneWith(
    {},
    {
      document: {
        name: 'careful',
        table: { path: `${folder}/careful` },
        deadLetter: { path: `${folder}/careful_dlq` },
        outputs: { windows: { ...late, path: `${folder}/careful_windows` } },
        steps: {
          parse: { schema: { id: 'string', ts: 'timestamp', value: 'int' } },
          scrub: { fields: { id: { method: 'hash' } }, rawValue: 'redact' },
        },
      },
    },
  );
  await careful.ingest();
  const [redacted] = await show('careful_dlq');
  expect(redacted).toMatchObject({ offset: 1n, key: null, value: null, headers: [] });
  expect(redacted?.error_message.replace(/\w{64}$/, 'digest')).toBe(`${message}; SHA-256 of the value: digest`);
});
