import type { z } from 'zod';
import { valueAt } from './document-path.ts';
import { nearestName } from '../../model/nearest-name.ts';
import { unexpectedValue, type ReportProblem } from './spec-problem.ts';

/** Words the issues of the schema. `written` is the document before its variables were filled in. */
export function reportSchemaIssues(
  issues: readonly z.core.$ZodIssue[],
  document: unknown,
  written: unknown,
  report: ReportProblem,
): void {
  for (const issue of issues) {
    const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        const at = [...path, key];
        report(at, isRestOfText(key, valueAt(document, at)) ? restOfText : unknownKey(key, issue.message));
      }
    } else if (isRestOfText(path.at(-1), valueAt(document, path))) {
      report(path, restOfText);
    } else {
      report(path, unexpectedValue(path, valueAt(document, path), issue.message, valueAt(written, path)));
    }
  }
}

/** `message` is what a section says of its keys (`yaml-leaves.ts`): its own, then those of its other forms. */
function unknownKey(key: string, message: string): string {
  const [known = [], others = []] = message.split('|').map((keys) => keys.split(' '));
  const nearest = nearestName(key, [...known, ...others.filter((other) => other !== key)]);
  const hint = nearest === undefined ? `expected one of ${known.join(', ')}` : `did you mean ${nearest}?`;
  return `unknown key; ${hint}`;
}

const restOfText = 'is the rest of a text with a comma; inside { } and [ ] put quotes around such a text';

/** `{ p95: f(x, 0.95) }` is for YAML a map of `p95: f(x` and the key `0.95)` with no value. */
function isRestOfText(key: unknown, value: unknown): boolean {
  return value === null && typeof key === 'string' && /^[^([{]*[)\]}]/.test(key);
}
