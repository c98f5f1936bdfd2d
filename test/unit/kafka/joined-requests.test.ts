import { describe, expect, test } from 'vitest';
import { JoinedRequests } from '../../../src/kafka/joined-requests.ts';

/** A server that answers when it is told to. */
function heldServer(): {
  readonly requests: JoinedRequests<number, string>;
  readonly sent: ReadonlyMap<string, number>[];
  readonly answer: (answers: Readonly<Record<string, string>> | Error) => void;
} {
  const sent: ReadonlyMap<string, number>[] = [];
  let pending = Promise.withResolvers<ReadonlyMap<string, string>>();
  const send = (questions: ReadonlyMap<string, number>): Promise<ReadonlyMap<string, string>> => {
    sent.push(questions);
    return pending.promise;
  };
  return {
    requests: new JoinedRequests(send, Math.max),
    sent,
    answer: (answers) => {
      const { resolve, reject } = pending;
      pending = Promise.withResolvers();
      if (answers instanceof Error) reject(answers);
      else resolve(new Map(Object.entries(answers)));
    },
  };
}

describe('requests that many ask for at once', () => {
  test('go together, and each is given its own answer', async () => {
    const { requests, sent, answer } = heldServer();
    const answers = Promise.all([requests.ask('a', 1), requests.ask('b', 2), requests.ask('absent', 3)]);
    await expect.poll(() => sent).toHaveLength(1);
    answer({ a: 'one', b: 'two' });
    expect(await answers).toEqual(['one', 'two', undefined]);
    expect(sent).toEqual([new Map(Object.entries({ a: 1, b: 2, absent: 3 }))]);
  });

  test('are one question where they are about the same', async () => {
    const { requests, sent, answer } = heldServer();
    const answers = Promise.all([requests.ask('a', 1), requests.ask('a', 5), requests.ask('a', 2)]);
    await expect.poll(() => sent).toHaveLength(1);
    answer({ a: 'one' });
    expect(await answers).toEqual(['one', 'one', 'one']);
    expect(sent).toEqual([new Map([['a', 5]])]);
  });

  test('that come while a request is on its way wait for the next one, and are not given its answer', async () => {
    const { requests, sent, answer } = heldServer();
    const first = requests.ask('a', 1);
    await expect.poll(() => sent).toHaveLength(1);
    const later = Promise.all([requests.ask('a', 2), requests.ask('b', 3)]);
    answer({ a: 'before', b: 'before' });
    expect(await first).toBe('before');
    await expect.poll(() => sent).toHaveLength(2);
    answer({ a: 'after', b: 'after' });
    expect(await later).toEqual(['after', 'after']);
  });

  test('fail together, and the next ones are sent nevertheless', async () => {
    const { requests, sent, answer } = heldServer();
    const failed = Promise.allSettled([requests.ask('a', 1), requests.ask('b', 2)]);
    await expect.poll(() => sent).toHaveLength(1);
    answer(new Error('no broker'));
    expect((await failed).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    const next = requests.ask('a', 1);
    await expect.poll(() => sent).toHaveLength(2);
    answer({ a: 'one' });
    expect(await next).toBe('one');
  });
});
