import { BronzeError } from '../../errors.ts';
import { formatPath, startsWithPath, type DocumentPath } from './document-path.ts';

/** One thing that is wrong with a job. */
export interface SpecProblem {
  readonly path: DocumentPath;
  /** What is wrong, with the value and what was expected, but without path and place. */
  readonly message: string;
  /** Where the value comes from, unless it is the file itself. */
  readonly origin?: string;
  /** Counted from 1, where the value stands in a file. */
  readonly line?: number;
  readonly column?: number;
}

/** Collects what is wrong, instead of stopping at the first. */
export type ReportProblem = (path: DocumentPath, message: string) => void;

const secretPlaces: readonly DocumentPath[] = [
  ['source', 'security'],
  ['steps', 'scrub', 'hmacKey'],
];

/**
 * `"10 parsecs"; expected a duration …`, and how the value was written where variables were filled in. Nothing that may be
 * a secret is quoted.
 */
export function unexpectedValue(path: DocumentPath, value: unknown, expected: string, written?: unknown): string {
  if (value === undefined) return `missing; expected ${expected}`;
  const mayBeSecret = isReceiverPlace(path) || secretPlaces.some((place) => startsWithPath(path, place));
  if (mayBeSecret) return `expected ${expected}`;
  const hasReference = typeof written === 'string' && written.includes('${');
  return `${quote(value)}; expected ${expected}${hasReference ? ` (written as ${written})` : ''}`;
}

/** Where receivers of alerts stand: whoever knows one can send messages in its name. */
export function isReceiverPlace(path: DocumentPath): boolean {
  return path[0] === 'notify' || (path[0] === 'alerts' && path[2] === 'notify');
}

function quote(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** `12:5 source.topics: missing; expected …`. */
export function formatProblem(problem: SpecProblem): string {
  const place = problem.line === undefined ? [] : [`${problem.line}:${problem.column ?? 1}`];
  const origin = problem.origin === undefined ? [] : [`(${problem.origin})`];
  const path = problem.path.length === 0 ? [] : [`${formatPath(problem.path)}:`];
  return [...place, ...origin, ...path, problem.message].join(' ');
}

/** The one error that says everything that is wrong with a job. */
export function invalidSpec(title: string, problems: readonly SpecProblem[]): BronzeError {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const lines = problems.map((problem) => `- ${formatProblem(problem)}`);
  return new BronzeError('SPEC_INVALID', [`${title} has ${count}:`, ...lines].join('\n'));
}
