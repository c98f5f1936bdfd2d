import { addCounts, type Counts } from '../counts.ts';
import { ruleActions, type RuleAction } from '../job/validation-rule.ts';

/** How many records failed each rule, by what the rule does with them. A record that fails several counts for each. */
export type RuleFailures = Readonly<Partial<Record<RuleAction, Counts>>>;

export interface FailedRule {
  readonly rule: string;
  readonly action: RuleAction;
  readonly records: number;
}

/** In the order of `ruleActions`. */
export function listRuleFailures(failures: RuleFailures): readonly FailedRule[] {
  return ruleActions.flatMap((action) =>
    Object.entries(failures[action] ?? {}).map(([rule, records]) => ({ rule, action, records })),
  );
}

export function addRuleFailures(left: RuleFailures, right: RuleFailures): RuleFailures {
  return Object.fromEntries(
    ruleActions.flatMap((action) => {
      const sum = addCounts(left[action] ?? {}, right[action] ?? {});
      return Object.keys(sum).length === 0 ? [] : [[action, sum]];
    }),
  );
}

export function hasRuleFailures(failures: RuleFailures): boolean {
  return Object.keys(failures).length > 0;
}
