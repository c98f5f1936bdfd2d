import { textOperations, type NormalizeRule } from '../../model/job/normalize-rule.ts';
import type { PipelineSteps, ScrubStep, ValidateStep } from '../../model/job/job-spec.ts';
import type { ValidationRule } from '../../model/job/validation-rule.ts';
import { buildDeduplicate } from '../yaml/deduplicate-yaml.ts';
import type { JobYaml } from '../yaml/job-yaml.ts';

type StepsYaml = JobYaml['steps'];

export function buildNormalizeRules(rules: NonNullable<StepsYaml['normalize']>): readonly NormalizeRule[] {
  return Object.entries(rules).map(([field, { text = [], nullTokens = [], timestamp, unit, onFailure }]) => ({
    field,
    text: textOperations.filter((operation) => text.includes(operation)),
    nullTokens,
    ...(timestamp === undefined
      ? {}
      : { timestamp: { to: timestamp, unit: unit ?? 'auto', onFailure: onFailure ?? 'reject' } }),
  }));
}

type ValidateYaml = NonNullable<StepsYaml['validate']>;

const defaultColumns = { validation_status: 'status', validation_score: 'score' } as const;

export function buildValidate({ rules, columns = defaultColumns }: ValidateYaml): ValidateStep {
  return {
    rules: Object.entries(rules).map(([name, rule]) => buildRule(name, rule)),
    columns: Object.entries(columns).map(([name, content]) => ({ name, content })),
  };
}

function buildRule(
  name: string,
  { sql, field = '', required = false, onFailure, ...checks }: RuleYaml,
): ValidationRule {
  const { min, max, minLength, maxLength, pattern, format, oneOf } = checks;
  const check = {
    field,
    required,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(minLength === undefined ? {} : { minLength }),
    ...(maxLength === undefined ? {} : { maxLength }),
    ...(pattern === undefined ? {} : { pattern }),
    ...(format === undefined ? {} : { format }),
    ...(oneOf === undefined ? {} : { oneOf }),
  };
  return { name, check: sql === undefined ? check : { sql }, onFailure: onFailure ?? 'reject' };
}

type RuleYaml = ValidateYaml['rules'][string];

export function buildScrub({ fields, ...options }: NonNullable<StepsYaml['scrub']>): ScrubStep {
  const { hmacKey, flagColumn = '_pii_scrubbed', rawValue = 'refuse', deadLetters = 'redact' } = options;
  return {
    rules: Object.entries(fields).map(([field, { method: kind, keepFirst = 0, keepLast = 0 }]) => ({
      field,
      method: kind === 'mask' ? { kind, keepFirst, keepLast } : { kind },
    })),
    ...(hmacKey === undefined ? {} : { hmacKey }),
    flagColumn,
    rawValue,
    deadLetters,
  };
}

/** The steps that go by rules over fields. */
export function buildRuleSteps({
  validate,
  scrub,
  normalize,
  deduplicate,
}: StepsYaml): Pick<PipelineSteps, 'validate' | 'scrub' | 'normalize' | 'deduplicate'> {
  return {
    ...(validate === undefined ? {} : { validate: buildValidate(validate) }),
    ...(scrub === undefined ? {} : { scrub: buildScrub(scrub) }),
    ...(normalize === undefined ? {} : { normalize: { rules: buildNormalizeRules(normalize) } }),
    ...(deduplicate === undefined ? {} : { deduplicate: buildDeduplicate(deduplicate) }),
  };
}
