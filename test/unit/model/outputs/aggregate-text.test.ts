import { describe, expect, it } from 'vitest';
import { parseAggregateText } from '../../../../src/model/outputs/aggregate-text.ts';

const parsed = (text: string): unknown => {
  const result = parseAggregateText(text);
  return result.ok ? result.value : undefined;
};

describe('the text of an aggregate', () => {
  it('is a function and its input', () => {
    expect(parsed('avg(value)')).toEqual({ function: 'avg', input: 'value' });
    expect(parsed(' COUNT ( * ) ')).toEqual({ function: 'count' });
    expect(parsed('count(value)')).toEqual({ function: 'count', input: 'value' });
    expect(parsed('approx_quantile(value, 0.95)')).toEqual({
      function: 'approx_quantile',
      input: 'value',
      quantile: 0.95,
    });
    expect(parsed('percentile_approx(a + b, .5)')).toEqual({
      function: 'approx_quantile',
      input: 'a + b',
      quantile: 0.5,
    });
    expect(parsed('mean("odd ) name")')).toEqual({ function: 'avg', input: '"odd ) name"' });
  });

  it('may have an expression with brackets, commas, texts and comments as its input', () => {
    const input = `CASE WHEN s IN (')', 'it''s', '--') THEN list_max([a, {'b': 2}.b]) /* ) */ END -- )\n`;
    expect(parsed(`max(${input})`)).toEqual({ function: 'max', input: input.trim() });
  });

  it.each([
    'avg(a) + avg(b)',
    'avg(a) FILTER (WHERE a > 0)',
    'avg(a',
    'avg(a))',
    'avg([a)]',
    `avg('a)`,
    'avg($$)$$)',
    'avg(a); SELECT (1)',
    'avg()',
    'avg(*)',
    'avg(a, b)',
    'count(*, a)',
    'value',
    'constructor(a)',
    'median(a)',
    'count(DISTINCT a)',
    'approx_quantile(a)',
    'approx_quantile(a, 1.5)',
    'approx_quantile(a, b)',
    'approx_quantile(a, [0.5])',
    'approx_quantile(a, 0.5, 100)',
  ])('is refused where it is not one call of a function that can be continued: %s', (text) => {
    expect(parseAggregateText(text).ok).toBe(false);
  });
});
