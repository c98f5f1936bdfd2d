import { expect } from 'vitest';
import { discardUncommittedDeadLetters } from '../../../src/ingest/commit/pending-dead-letters.ts';
import { resetLane } from '../../../src/ingest/lane/reset-lane.ts';
import type { CommitRequest } from '../../../src/model/requests/lane-requests.ts';
import { event, running, test, windows } from '../../support/outputs-fixture.ts';
import { queryLake } from '../../support/query-lake.ts';

const late = { ...windows, late: 'deadLetter' };

test('an attempt of a batch that was ended commits no rows once its dead letters were taken out', async ({
  topic,
  laneWith,
}) => {
  const lane = await laneWith({ running });
  await topic.send({ partition: 0, value: 'broken' }, event(1, 'a', 1));
  const opened = await lane.open();
  const ended = await lane.stage(opened);
  await lane.commitDeadLetters(ended);
  const reopened = await lane.open(opened);
  // What it staged was swept as well.
  await expect(lane.commitRows(ended)).rejects.toMatchObject({ code: 'STAGED_FILE_MISSING' });

  const next = await lane.stage(reopened);
  await lane.commitDeadLetters(next);
  await lane.commitOutputs(next);
  await lane.commitRows(next);
  expect(await lane.query(`SELECT value FROM "${lane.rowsName}"`)).toEqual([[1]]);
  expect(await lane.query(`SELECT "offset"::INTEGER FROM "dlq_${topic.name}"`)).toEqual([[0]]);
});

test('an attempt of a batch that was ended commits nothing to an output once its late records were taken out', async ({
  topic,
  laneWith,
}) => {
  const lane = await laneWith({ windows: late });
  await topic.send(event(50, 'a', 1), event(1, 'late', 1));
  const opened = await lane.open();
  const ended = await lane.stage(opened);
  let reopened = opened;
  const attempt = lane.commitOutput(ended, 'windows', async () => {
    reopened = await lane.open(opened);
  });
  await expect(attempt).rejects.toMatchObject({ code: 'LANE_FENCED' });

  const next = await lane.stage(reopened);
  await lane.commitOutputs(next);
  await lane.commitRows(next);
  expect(await lane.query('SELECT id, n::INTEGER FROM windows')).toEqual([['a', 1]]);
  expect(await lane.query(`SELECT "offset"::INTEGER FROM "dlq_${topic.name}"`)).toEqual([[1]]);
});

test('a run goes on with a lane that it opened without hearing of it, and not with one that another run opened', async ({
  topic,
  laneWith,
}) => {
  const lane = await laneWith({});
  await topic.send(event(1, 'a', 1));
  const opened = await lane.open();
  const [unheard, again] = [await lane.open(opened), await lane.open(opened)];
  expect([unheard, again].map(({ epoch }) => epoch - opened.epoch)).toEqual([1, 2]);
  const other = await laneWith({});
  await other.open();
  await expect(lane.open(again)).rejects.toMatchObject({ code: 'LANE_FENCED' });
});

test('an attempt of a reset that was given up takes out no dead letters of a batch that came after it', async ({
  topic,
  laneWith,
}) => {
  const lane = await laneWith({});
  const opened = await lane.open();
  const reset = {
    ...{ spec: lane.spec, topic: topic.name, resetId: 'a', opener: lane.opener, previous: opened },
    request: { to: { kind: 'earliest' }, rows: 'keep' },
  } as const;
  const givenUp = await resetLane(lane.context, reset);
  const heard = await resetLane(lane.context, reset);
  await topic.send({ partition: 0, value: 'broken' });
  const staged = await lane.stage(heard);
  await lane.commitDeadLetters(staged);
  // What the first attempt does after its commit.
  const late = discardUncommittedDeadLetters(lane.context, givenUp);
  await expect(late).rejects.toMatchObject({ code: 'LANE_FENCED' });
  await lane.commitRows(staged);
});

test('an attempt of a reset that another attempt overtook takes out no dead letters of the batch after it', async ({
  topic,
  laneWith,
}) => {
  const lane = await laneWith({});
  const broken = { partition: 0, value: 'broken' };
  await topic.send(event(1, 'a', 1), broken);
  await lane.ingest();
  await topic.send(broken);
  const reset = {
    ...{ spec: lane.spec, topic: topic.name, resetId: 'a', opener: lane.opener },
    request: { to: { kind: 'earliest' }, rows: 'discard' },
  } as const;
  let staged: CommitRequest | undefined;
  const overtaken = resetLane(
    {
      ...lane.context,
      discardInFiles: async (request, signal) => {
        if (staged === undefined) {
          staged = await lane.stage(await resetLane(lane.context, reset));
          await lane.commitDeadLetters(staged);
        }
        return lane.context.discardInFiles(request, signal);
      },
    },
    reset,
  );
  await expect(overtaken).rejects.toMatchObject({ code: 'TABLE_CHANGED' });
  const deadLetters = await queryLake(lane.spec.deadLetter.path.replace('{topic}', topic.name), 'SELECT 1 FROM t');
  expect(deadLetters).toHaveLength(2);
});
