import { expect, it } from 'vitest';
import { storedPositions } from '../../../../src/delta/commit/offset-positions.ts';
import { appIdOf, batchAppIdOf, batchEpochAppIdOf, epochAppIdOf } from '../../../../src/model/table/app-id.ts';
import type { Offset } from '../../../../src/model/batch/offset-range.ts';

const lane = { job: 'rides', topic: 'trips', topicId: 'id-2' };

function txns(...entries: readonly (readonly [appId: string, version: Offset])[]): { txns: Map<string, Offset> } {
  return { txns: new Map(entries) };
}

it('reads offsets, epoch and last batch of one lane out of all transaction identifiers', () => {
  const state = txns(
    [appIdOf('rides', { topic: 'trips', topicId: 'id-2', partition: 0 }), '100'],
    [appIdOf('rides', { topic: 'trips', topicId: 'id-2', partition: 11 }), '9007199254740993'],
    [appIdOf('rides', { topic: 'payments', topicId: 'id-2', partition: 1 }), '7'],
    [epochAppIdOf('rides', 'trips'), '3'],
    [batchAppIdOf('rides', 'trips'), '41'],
    [batchEpochAppIdOf('rides', 'trips'), '2'],
    [epochAppIdOf('rides', 'payments'), '9'],
    ['some-spark-query', '5'],
  );
  expect(storedPositions(state, lane)).toEqual({
    lane,
    offsets: new Map([
      [0, '100'],
      [11, '9007199254740993'],
    ]),
    epoch: 3,
    lastBatch: 41,
    lastBatchEpoch: 2,
    lastMoveDiscarded: false,
    otherJobs: [],
    otherTopicIds: [],
  });
});

it('tells of other jobs on the same topic, and of older incarnations of the topic', () => {
  const state = txns(
    [appIdOf('other', { topic: 'trips', topicId: 'id-2', partition: 3 }), '8'],
    [appIdOf('other', { topic: 'trips', topicId: 'id-1', partition: 4 }), '8'],
    [appIdOf('other', { topic: 'payments', topicId: 'id-2', partition: 5 }), '8'],
    [appIdOf('rides', { topic: 'trips', topicId: 'id-1', partition: 0 }), '55'],
    [appIdOf('rides', { topic: 'trips', topicId: 'id-1', partition: 1 }), '66'],
  );
  expect(storedPositions(state, lane)).toMatchObject({
    offsets: new Map(),
    epoch: undefined,
    lastBatch: undefined,
    otherJobs: [{ job: 'other', topic: 'trips', topicId: 'id-2', partition: 3, offset: '8' }],
    otherTopicIds: ['id-1'],
  });
});

it('passes over claims that were given up, and over a table that does not exist', () => {
  const state = txns(
    [appIdOf('other', { topic: 'trips', topicId: 'id-2', partition: 3 }), '-1'],
    [appIdOf('rides', { topic: 'trips', topicId: 'id-1', partition: 3 }), '-1'],
  );
  for (const from of [state, undefined]) {
    expect(storedPositions(from, lane)).toMatchObject({ offsets: new Map(), otherJobs: [], otherTopicIds: [] });
  }
});
