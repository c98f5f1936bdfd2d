import type { z } from 'zod';
import { valueAt, type DocumentPath } from './document-path.ts';
import { nearestName } from './nearest-name.ts';
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
      reportUnknownKeys(path, issue.keys, issue.message.split(' '), report);
    } else {
      report(path, unexpectedValue(path, valueAt(document, path), issue.message, valueAt(written, path)));
    }
  }
}

function reportUnknownKeys(
  path: DocumentPath,
  keys: readonly string[],
  known: readonly string[],
  report: ReportProblem,
): void {
  for (const key of keys) {
    const nearest = nearestName(key, known);
    const hint = nearest === undefined ? `expected one of ${known.join(', ')}` : `did you mean ${nearest}?`;
    report([...path, key], `unknown key; ${hint}`);
  }
}
