import type { JobSpec } from '../model/job/job-spec.ts';
import { hidden, hiddenPrefix, type ComputedColumn, type PipelineStep } from '../model/pipeline/pipeline-step.ts';
import { quoteIdentifier, quoteLiteral } from '../model/pipeline/sql-text.ts';
import { field, type StructField } from '../model/table/table-schema.ts';
import {
  validationProblem,
  validationTypes,
  type RuleAction,
  type ValidationContent,
  type ValidationRule,
} from '../model/job/validation-rule.ts';
import { holdsAt } from './holds-at.ts';
import { placeOf } from './place-of.ts';
import { breaksCheck } from './value-check-sql.ts';

/** Rules over what was parsed. A record that did not parse, and is kept, is invalid without being asked. */
export const validateStep: PipelineStep = {
  name: 'validate',
  plan(spec, { columns }) {
    const { validate } = spec.steps;
    if (validate === undefined || validate.rules.length === 0) return undefined;
    const rules = validate.rules.map((rule, index) => {
      const name = `${hiddenPrefix}rule_${index}`;
      const isJudged = `${hidden.reject} IS NULL AND ${hidden.isValid}`;
      return { rule, name, sql: `(${isJudged} AND ${breaks(spec, rule, columns)})`, broken: quoteIdentifier(name) };
    });
    const added = validate.columns.map(({ name, content }): ComputedColumn => ({
      name,
      sql: contentSql(content, rules),
    }));
    const ofAction = (action: RuleAction): typeof rules => rules.filter(({ rule }) => rule.onFailure === action);
    const [rejecting, dropping] = [ofAction('reject'), ofAction('drop')];
    return {
      layers: [rules.map(({ name, sql }) => ({ name, sql })), ...(added.length === 0 ? [] : [added])],
      columns: [...columns, ...validate.columns.map(({ name, content }) => field(name, validationTypes[content]))],
      rejections:
        rejecting.length === 0
          ? []
          : [
              {
                code: 'RULE_FAILED',
                when: `(${anyOf(rejecting)})`,
                message: `concat('rules that do not hold: ', array_to_string(${brokenNames(rejecting)}, ', '))`,
              },
            ],
      rules: rules.map(({ rule, broken }) => ({ rule: rule.name, action: rule.onFailure, fails: broken })),
      drops: dropping.length === 0 ? [] : [{ reason: 'failedRule', when: `(${anyOf(dropping)})` }],
    };
  },
};

interface CompiledRule {
  readonly rule: ValidationRule;
  readonly broken: string;
}

/** As a CHECK constraint takes it, null is no failure; SQL that fails for the record is one. */
function breaks(spec: JobSpec, { name, check }: ValidationRule, columns: readonly StructField[]): string {
  // The line breaks end a comment that the user's SQL may end with.
  if ('sql' in check) return `NOT coalesce(TRY(coalesce(CAST((\n${check.sql}\n) AS BOOLEAN), true)), false)`;
  const place = placeOf(spec, `validate.rules.${name}`, check.field, columns, (type) => validationProblem(type, check));
  return holdsAt(place, (value) => breaksCheck(check, place.type, value));
}

function contentSql(content: ValidationContent, rules: readonly CompiledRule[]): string {
  const failures = rules.map(({ broken }) => `CAST(${broken} AS INTEGER)`).join(' + ');
  switch (content) {
    case 'status':
      return `CASE WHEN ${hidden.isValid} AND NOT (${anyOf(rules)}) THEN 'valid' ELSE 'invalid' END`;
    case 'score':
      return `CASE WHEN ${hidden.isValid} THEN CAST(${rules.length} - (${failures}) AS DOUBLE) / ${rules.length} ELSE 0.0::DOUBLE END`;
    case 'failures':
      return brokenNames(rules);
  }
}

function anyOf(rules: readonly CompiledRule[]): string {
  return rules.map(({ broken }) => broken).join(' OR ');
}

function brokenNames(rules: readonly CompiledRule[]): string {
  const names = rules.map(({ rule, broken }) => `CASE WHEN ${broken} THEN ${quoteLiteral(rule.name)} END`);
  return `list_filter([${names.join(', ')}], lambda ${hiddenPrefix}n: ${hiddenPrefix}n IS NOT NULL)`;
}
