import { describe, expect, it } from 'vitest';
import { checkJobText } from '../../../src/spec/parse-job.ts';
import { formatProblem } from '../../../src/spec/document/spec-problem.ts';

const columns = `source: { topics: clicks }
steps:
  parse:
    schema:
      event_id: string
      at: timestamp
      sent_ms: bigint
      user: { id: string, seen: string }
      tags: array<string>
  normalize: { user.seen: { timestamp: timestamp } }
  deduplicate:
`;

function check(text: string): unknown {
  const verdict = checkJobText(`${columns}    ${text}`, { fileName: 'jobs/clicks.yaml', env: {}, workingFolder: '/w' });
  return verdict.ok ? verdict.spec.steps.deduplicate : verdict.problems.map(formatProblem);
}

const windowExpected =
  'steps.deduplicate: expected a window with a time, by which only a part of the table is looked at for each micro-batch; ' +
  'or window: unlimited, which reads the keys of the whole table each time; or scope: batch';

describe('steps.deduplicate', () => {
  it.each<[text: string, expected: object]>([
    [
      '{ key: event_id, window: 1 hour, time: at }',
      {
        key: ['event_id'],
        keep: 'first',
        window: { field: 'at', widthMs: 3_600_000 },
        scope: 'table',
        nullKeys: 'distinct',
      },
    ],
    [
      '{ key: [user.id, event_id], scope: batch, keep: latest, orderBy: sent_ms, nullKeys: equal }',
      { key: ['user.id', 'event_id'], keep: 'latest', orderBy: 'sent_ms', scope: 'batch', nullKeys: 'equal' },
    ],
    [
      '{ key: event_id, window: unlimited }',
      { key: ['event_id'], keep: 'first', scope: 'table', nullKeys: 'distinct' },
    ],
    [
      '{ key: event_id, window: PT10M, time: user.seen, scope: batch }',
      {
        key: ['event_id'],
        keep: 'first',
        window: { field: 'user.seen', widthMs: 600_000 },
        scope: 'batch',
        nullKeys: 'distinct',
      },
    ],
  ])('can say %s', (text, expected) => {
    expect(check(text)).toEqual(expected);
  });

  it.each<[text: string, ...problems: string[]]>([
    ['{ key: event_id }', `11:3 ${windowExpected}`],
    [
      '{ key: event_id, window: 1 hour }',
      '12:30 steps.deduplicate.window: needs a time: the field that it is measured on',
    ],
    ['{ key: event_id, time: at, scope: batch }', '12:28 steps.deduplicate.time: needs a window, such as 1 hour'],
    [
      '{ key: event_ids, window: 1 hour, time: tags }',
      '12:12 steps.deduplicate.key: there is no field event_ids; did you mean event_id?',
      '12:45 steps.deduplicate.time: expected a timestamp, a date, or a bigint with milliseconds since the epoch',
    ],
    [
      '{ key: [user, event_id, event_id], scope: batch }',
      '12:7 steps.deduplicate.key: expected a single value, not a struct, an array or a map',
      '12:7 steps.deduplicate.key: names a field twice',
    ],
    [
      '{ key: event_id, scope: batch, orderBy: tags }',
      '12:45 steps.deduplicate.orderBy: is for keep: earliest and keep: latest; first goes by topic partition and offset',
      '12:45 steps.deduplicate.orderBy: expected a single value, not a struct, an array or a map',
    ],
    [
      '{ key: event_id, window: soon, time: at }',
      '12:30 steps.deduplicate.window: "soon"; expected unlimited, or a duration such as 1 hour or PT10M',
    ],
  ])('cannot say %s', (text, ...problems) => {
    expect(check(text)).toEqual(problems);
  });
});
