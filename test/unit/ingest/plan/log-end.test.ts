import { expect, it } from 'vitest';
import { LogEndWatch, type LogEnds } from '../../../../src/ingest/plan/log-end.ts';

/** Looks once at each of the ends, at a topic partition that is held up to offset 50. */
async function lookAt(ends: readonly bigint[]): Promise<readonly LogEnds[]> {
  let end = 0n;
  const kafka = { listOffsets: () => Promise.resolve(new Map([[0, end]])) };
  const watch = new LogEndWatch(kafka, { topic: 'trips', positions: [{ partition: 0, offset: '50' }] });
  const seen: LogEnds[] = [];
  for (end of ends) seen.push(await watch.look({ latest: new Map([[0, end]]) }));
  return seen;
}

it('believes an end that has been seen for long, and takes what came meanwhile for new', async () => {
  const ends = Array.from({ length: 60 }, (_, look) => BigInt(20 + Math.min(look, 9)));
  const seen = await lookAt(ends);
  expect(seen.slice(0, -1).every(({ kind }) => kind === 'unsure')).toBe(true);
  const beyond = [{ partition: 0, storedOffset: 50n, logEndOffset: 20n }];
  expect(seen.at(-1)).toEqual({ kind: 'before', beyond });
});

it('forgets an end that was a mistake', async () => {
  const seen = await lookAt([...Array.from({ length: 59 }, () => 20n), 50n, 30n]);
  expect(seen.slice(-2)).toEqual([{ kind: 'within' }, { kind: 'unsure' }]);
});
