import { expect, it } from 'vitest';
import { storedPositions } from '../../../../src/delta/commit/offset-positions.ts';
import type { TableState } from '../../../../src/delta/table-state.ts';
import { alignOutput, type Alignment } from '../../../../src/ingest/outputs/align-output.ts';
import { newHead } from '../../../../src/ingest/outputs/output-head.ts';
import {
  appIdOf,
  batchEpochAppIdOf,
  discardAppIdOf,
  epochAppIdOf,
  keptResetAppIdOf,
  logEndAppIdOf,
} from '../../../../src/model/table/app-id.ts';
import type { Offset } from '../../../../src/model/batch/offset-range.ts';

const identity = { job: 'rides', topic: 'trips', topicId: 'id-1' };
const place = { topic: 'trips', topicId: 'id-1', partition: 0 };

type Txns = readonly (readonly [appId: string, version: Offset])[];

/** One topic partition: the job's table at `wanted`, and an output that began at 10 and was open at epoch 5. */
function align(wanted: Offset, own: Offset, further: Txns = []): Alignment {
  const rows: Pick<TableState, 'txns'> = { txns: new Map([[epochAppIdOf('rides', 'trips'), '9'], ...further]) };
  const output: Txns = [
    [epochAppIdOf('rides', 'trips'), '5'],
    [appIdOf('rides', place), own],
  ];
  return alignOutput({
    identity,
    rows,
    positions: [{ partition: 0, offset: wanted }],
    output: storedPositions({ txns: new Map(output) }, identity),
    head: newHead('id-1', 'meaning', [{ partition: 0, offset: '10' }]),
  });
}

const asItIs = { kind: 'aligned', emptied: false, repeatsOffsets: false };

it('leaves an output that is ahead, or as far as the table of the job, where it is', () => {
  expect(align('40', '50')).toEqual({ ...asItIs, moves: [] });
  expect(align('50', '50')).toEqual({ ...asItIs, moves: [] });
});

it('lets an output skip what resets have skipped since, unless a batch was committed without it', () => {
  const reset: Txns = [[keptResetAppIdOf('rides', 'trips'), '8']];
  const batchIn = (epoch: Offset): Txns => [[batchEpochAppIdOf('rides', 'trips'), epoch]];
  const moved = { ...asItIs, moves: [{ partition: 0, offset: '80' }] };
  expect(align('80', '50', reset)).toEqual(moved);
  expect(align('80', '50', [...reset, ...batchIn('5')])).toEqual(moved);
  const behind = { kind: 'behind', partition: 0 };
  expect(align('80', '50', [...reset, ...batchIn('6')])).toEqual(behind);
  // Somebody put a copy of it back.
  expect(align('80', '50', batchIn('5'))).toEqual(behind);
  expect(align('80', '50', [[keptResetAppIdOf('rides', 'trips'), '5'], ...batchIn('5')])).toEqual(behind);
});

it('lets an output begin with a new topic partition where the job did, unless it may have missed some of it', () => {
  const position = { partition: 1, offset: '3' } as const;
  const epoch = [epochAppIdOf('rides', 'trips'), '5'] as const;
  const alignNew = (offset: Offset, lastBatch: Offset, head = newHead('id-1', 'meaning', [])): Alignment =>
    alignOutput({
      identity,
      rows: { txns: new Map([[batchEpochAppIdOf('rides', 'trips'), lastBatch]]) },
      positions: [{ ...position, offset }],
      output: storedPositions({ txns: new Map([epoch, [appIdOf('rides', place), '50']]) }, identity),
      head,
    });
  expect(alignNew('3', '5')).toEqual({ ...asItIs, moves: [position] });
  expect(alignNew('3', '6')).toEqual({ kind: 'behind', partition: 1 });
  expect(alignNew('0', '6')).toEqual({ ...asItIs, moves: [{ partition: 1, offset: '0' }] });
});

it('takes offsets for new ones from where the log was found to end since the output was opened', () => {
  const logEnds: Txns = [
    [logEndAppIdOf('rides', place, 4), '20'],
    [logEndAppIdOf('rides', place, 6), '60'],
    [logEndAppIdOf('rides', place, 7), '70'],
    [logEndAppIdOf('rides', { ...place, partition: 1 }, 7), '5'],
  ];
  const anew = { ...asItIs, repeatsOffsets: true };
  expect(align('30', '100', logEnds)).toEqual({ ...anew, moves: [{ partition: 0, offset: '60' }] });
  expect(align('30', '50', logEnds)).toEqual({ ...asItIs, moves: [] });
  expect(align('65', '100', logEnds)).toEqual({ kind: 'behind', partition: 0 });
  const reset: Txns = [...logEnds, [keptResetAppIdOf('rides', 'trips'), '7']];
  expect(align('65', '100', reset)).toEqual({ ...anew, moves: [{ partition: 0, offset: '65' }] });
});

it('empties an output whose rows all come again after they were discarded', () => {
  const discarded: Txns = [[discardAppIdOf('rides', 'trips'), '0']];
  const emptied = { ...asItIs, emptied: true };
  expect(align('10', '50', discarded)).toEqual({ ...emptied, moves: [{ partition: 0, offset: '10' }] });
  expect(align('11', '50', discarded)).toEqual({ ...asItIs, moves: [] });
});
