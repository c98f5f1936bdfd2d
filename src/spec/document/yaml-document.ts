import { isCollection, isMap as isYamlMap, isNode, isPair, LineCounter, parseDocument, type Document } from 'yaml';
import { errorMessage } from '../../errors.ts';
import { isMap, type DocumentPath } from './document-path.ts';
import type { SpecProblem } from './spec-problem.ts';

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A YAML text as values, with the place of each. */
export interface YamlDocument {
  readonly value: Readonly<Record<string, unknown>>;
  /** The place of the value, or with `key`, and for a map or list, of its key; of the nearest thing around it when there is none. */
  locate(path: DocumentPath, key?: 'key'): Place;
}

export type YamlOutcome =
  | { readonly ok: true; readonly document: YamlDocument }
  | { readonly ok: false; readonly problems: readonly SpecProblem[] };

/** Reads YAML 1.2. Whole numbers beyond 2^53 become texts, so that no digit is lost. */
export function readYaml(text: string): YamlOutcome {
  const lines = new LineCounter();
  const parsed = parseDocument(text, { lineCounter: lines, intAsBigInt: true, stringKeys: true, prettyErrors: false });
  const problems = [...parsed.errors, ...parsed.warnings].map(({ message, pos, code }) => {
    const { line, col } = lines.linePos(pos[0]);
    const hint = hasReferenceBefore(text, pos[0]) ? '; inside { } and [ ] put quotes around "${…}"' : '';
    const said = code === 'DUPLICATE_KEY' ? `${keyAt(text, pos[0])} is there twice in one map` : firstLine(message);
    return { path: [], message: `${said}${hint} (YAML: ${code})`, line, column: col };
  });
  // One mistake in the syntax makes more further down; only the first helps.
  if (problems.length > 0) return { ok: false, problems: problems.slice(0, 1) };
  let value: unknown;
  try {
    value = withPlainNumbers(parsed.toJS({ maxAliasCount: 100 }));
  } catch (error) {
    return { ok: false, problems: [{ path: [], message: errorMessage(error) }] };
  }
  if (!isMap(value)) {
    return {
      ok: false,
      problems: [{ path: [], message: 'expected a job: a map with the keys source, steps, table, …' }],
    };
  }
  return { ok: true, document: { value, locate: (path, key) => locate(parsed, lines, path, key) } };
}

function locate(parsed: Document, lines: LineCounter, path: DocumentPath, key?: 'key'): Place {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const start = startOf(parsed, path.slice(0, depth), key === 'key' || depth < path.length);
    if (start === undefined) continue;
    const { line, col } = lines.linePos(start);
    return { line, column: col };
  }
  return { line: 1, column: 1 };
}

function startOf(parsed: Document, path: DocumentPath, ofKey: boolean): number | undefined {
  if (path.length === 0) return parsed.contents?.range?.[0];
  const parent = parsed.getIn(path.slice(0, -1), true) ?? parsed.contents;
  const last = path.at(-1);
  const pair = isYamlMap(parent)
    ? parent.items.find((item) => isPair(item) && isNode(item.key) && String(item.key) === String(last))
    : undefined;
  const value = parsed.getIn(path, true);
  // What is wrong with a whole map or list is said at its key.
  const node = pair !== undefined && (ofKey || isCollection(value) || !isNode(value)) ? pair.key : value;
  return isNode(node) ? node.range?.[0] : undefined;
}

function withPlainNumbers(value: unknown): unknown {
  if (typeof value === 'bigint') {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value.toString();
  }
  if (Array.isArray(value)) return value.map(withPlainNumbers);
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withPlainNumbers(item)]));
}

function hasReferenceBefore(text: string, position: number): boolean {
  const line = text.slice(text.lastIndexOf('\n', position - 1) + 1, position + 2);
  return /[[{].*\$\{/.test(line);
}

/** The key that begins there, as it is written. */
function keyAt(text: string, position: number): string {
  return /^(?:"[^"]*"|'[^']*'|[^:\n]+)/.exec(text.slice(position))?.[0] ?? 'a key';
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}
