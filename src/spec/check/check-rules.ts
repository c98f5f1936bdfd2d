import { normalizeProblem } from '../../model/job/normalize-rule.ts';
import { validationProblem } from '../../model/job/validation-rule.ts';
import type { ScrubStep } from '../../model/job/job-spec.ts';
import { scrubProblem, unscrubbedColumns } from '../../model/job/scrub-rule.ts';
import { buildRuleSteps } from '../build/build-rules.ts';
import { fieldChecker } from './check-field.ts';
import { recordColumns } from '../build/job-columns.ts';
import type { JobYaml } from '../yaml/job-yaml.ts';
import { resultColumns } from '../yaml/key-yaml.ts';
import type { ReportProblem } from '../document/spec-problem.ts';

/** Rules name fields that are there, of a type that they can work on. */
export function checkRules(steps: JobYaml['steps'], report: ReportProblem): void {
  const { validate, scrub, normalize } = buildRuleSteps(steps);
  const checkField = fieldChecker(recordColumns(steps), report);
  for (const { name, check } of validate?.rules ?? []) {
    const path = ['steps', 'validate', 'rules', name];
    const { sql: _sql, field, onFailure: _, ...checks } = steps.validate?.rules[name] ?? {};
    if ('sql' in check) {
      if (field !== undefined || Object.keys(checks).length > 0)
        report([...path, 'sql'], 'stands alone: without field and checks');
    } else if (field === undefined) report(path, 'expected a field with checks, or sql');
    else if (Object.keys(checks).length === 0)
      report(path, 'checks nothing; expected required, min, max, … beside field');
    else checkField(path, field, ({ type }) => validationProblem(type, check));
  }
  if (scrub !== undefined) checkScrub(steps, scrub, report);
  for (const rule of scrub?.rules ?? []) {
    checkField(['steps', 'scrub', 'fields', rule.field], rule.field, ({ type }) => scrubProblem(type, rule));
  }
  for (const rule of normalize?.rules ?? []) {
    const path = ['steps', 'normalize', rule.field];
    checkField(path, rule.field, ({ type }) => normalizeProblem(type, rule));
  }
}

function checkScrub(
  { parse, metadata, scrub: written }: JobYaml['steps'],
  scrub: ScrubStep,
  report: ReportProblem,
): void {
  const columns = Object.entries(metadata).map(([name, source]) => ({ name, source }));
  const raw = unscrubbedColumns(columns, scrub.rules, parse.key && resultColumns(parse.key));
  if (raw.length > 0 && scrub.rawValue === 'refuse') {
    report(
      ['steps', 'scrub'],
      `${raw.join(', ')} would hold what is scrubbed; leave it out of steps.metadata, or say rawValue: redact to make it null`,
    );
  }
  for (const [field, { method, keepFirst, keepLast }] of Object.entries(written?.fields ?? {})) {
    if (method !== 'mask' && (keepFirst !== undefined || keepLast !== undefined)) {
      report(['steps', 'scrub', 'fields', field], `keepFirst and keepLast are for mask, not for ${method}`);
    }
  }
}
