import type { Parsed } from '../batch/offset-position.ts';
import { aggregateFunctions, type AggregateFunction } from './output-spec.ts';

/** What is written as `function(input, …)` in a job file. */
export interface AggregateText {
  readonly function: AggregateFunction;
  /** Absent for `count(*)`. */
  readonly input?: string;
  /** Of `approx_quantile`. */
  readonly quantile?: number;
}

/** What other engines call them. */
const otherNames: Readonly<Record<string, AggregateFunction>> = {
  mean: 'avg',
  stddev: 'stddev_samp',
  variance: 'var_samp',
  every: 'bool_and',
  percentile_approx: 'approx_quantile',
  approx_percentile: 'approx_quantile',
};

const functionNames = new Map<string, AggregateFunction>([
  ...aggregateFunctions.map((name) => [name, name] as const),
  ...Object.entries(otherNames),
]);

/** Reads one call of an aggregate. Whether the input is SQL over the table's columns, the engine says. */
export function parseAggregateText(text: string): Parsed<AggregateText> {
  const call = /^\s*([a-z_]\w*)\s*\(([\s\S]*)\)\s*$/i.exec(text);
  const [, written = '', inside = ''] = call ?? [];
  const parts = call ? splitArguments(inside) : undefined;
  if (parts === undefined) return expected('a call of one aggregate, such as avg(value) or count(*)');
  const name = functionNames.get(written.toLowerCase());
  if (name === undefined) {
    return expected(`one of ${aggregateFunctions.join(', ')} (others cannot be continued from one batch to the next)`);
  }
  const [input = '', ...others] = parts.map((part) => part.trim());
  if (input === '*' && name === 'count' && others.length === 0) return { ok: true, value: { function: name } };
  if (/^distinct\b/i.test(input)) {
    return expected(`no DISTINCT (approx_count_distinct(…) is exact up to ${exactDistinctCount} values)`);
  }
  if (input === '' || input === '*') return expected(`${name} of a column or an expression`);
  if (name === 'approx_quantile') return quantileOf(input, others);
  return others.length === 0 ? { ok: true, value: { function: name, input } } : expected(`one argument of ${name}`);
}

/** Up to so many different values `approx_count_distinct` counts exactly. */
export const exactDistinctCount = 1023;

function quantileOf(input: string, others: readonly string[]): Parsed<AggregateText> {
  const [fraction = '', ...further] = others;
  const quantile = /^(\d+(\.\d*)?|\.\d+)$/.test(fraction) ? Number(fraction) : Number.NaN;
  return further.length === 0 && quantile >= 0 && quantile <= 1
    ? { ok: true, value: { function: 'approx_quantile', input, quantile } }
    : expected('a second argument between 0 and 1, as in approx_quantile(value, 0.95)');
}

function expected(what: string): Parsed<AggregateText> {
  return { ok: false, expected: what };
}

/** Texts, names and comments, in which brackets and commas mean nothing. A dollar begins texts of more kinds. */
const opaque = /'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|\/\*[\s\S]*?\*\//y;
const closing = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
]);

/** `undefined` where brackets do not match, or a text does not end: then the last bracket is not the call's. */
function splitArguments(inside: string): readonly string[] | undefined {
  const parts: string[] = [];
  const open: string[] = [];
  let start = 0;
  for (let at = 0; at < inside.length;) {
    opaque.lastIndex = at;
    const [skipped] = opaque.exec(inside) ?? [];
    if (skipped !== undefined) {
      at += skipped.length;
      continue;
    }
    const letter = inside.charAt(at++);
    const close = closing.get(letter);
    if (close !== undefined) open.push(close);
    else if (`)]}`.includes(letter) && open.pop() !== letter) return undefined;
    else if (`'"$;`.includes(letter)) return undefined;
    else if (letter === ',' && open.length === 0) {
      parts.push(inside.slice(start, at - 1));
      start = at;
    }
  }
  return open.length === 0 ? [...parts, inside.slice(start)] : undefined;
}
