import { describe, expect, it } from 'vitest';
import { overlay } from '../../../../src/spec/document/overlay.ts';

describe('overlay', () => {
  it('merges maps key by key, keeps their order and puts new keys last', () => {
    const merged = overlay({ a: 1, b: { c: 2, d: 3 } }, { e: 4, b: { d: 5 } });
    expect(JSON.stringify(merged)).toBe('{"a":1,"b":{"c":2,"d":5},"e":4}');
  });

  it('replaces lists and values of another kind', () => {
    expect(overlay({ a: [1, 2], b: { c: 1 }, d: 1 }, { a: [3], b: 'x', d: { e: 1 } })).toEqual({
      a: [3],
      b: 'x',
      d: { e: 1 },
    });
  });

  it('takes a key away with null, and keeps a null where there is nothing to take away', () => {
    expect(overlay({ a: 1, b: { c: 1 } }, { a: null, b: { d: null } })).toEqual({ b: { c: 1, d: null } });
  });

  it('replaces starting offsets as a whole: topics of two layers do not mix', () => {
    const lower = { source: { startingOffsets: { trips: { '0': 1 } }, failOnDataLoss: false } };
    expect(overlay(lower, { source: { startingOffsets: { payments: { '0': 2 } } } })).toEqual({
      source: { startingOffsets: { payments: { '0': 2 } }, failOnDataLoss: false },
    });
  });

  it('drops the pattern when topics are laid over it, and the topics under a pattern', () => {
    expect(overlay({ source: { topicPattern: 'a.*' } }, { source: { topics: ['a'] } })).toEqual({
      source: { topics: ['a'] },
    });
    expect(overlay({ source: { topics: ['a'] } }, { source: { topicPattern: 'a.*' } })).toEqual({
      source: { topicPattern: 'a.*' },
    });
  });

  it('takes the null of onCastFailure for a value', () => {
    expect(
      overlay({ steps: { parse: { onCastFailure: 'reject' } } }, { steps: { parse: { onCastFailure: null } } }),
    ).toEqual({
      steps: { parse: { onCastFailure: null } },
    });
  });
});
