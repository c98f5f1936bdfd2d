import { textOperations, type NormalizeRule } from '../model/normalize-rule.ts';
import type { ValidateStep } from '../model/job-spec.ts';
import type { ValidationRule } from '../model/validation-rule.ts';
import type { JobYaml } from './job-yaml.ts';

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
