import { textOperations, type NormalizeRule } from '../model/normalize-rule.ts';
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
