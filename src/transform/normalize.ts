import { holdsAt } from './holds-at.ts';
import { instantSql, microsOf } from './instant-sql.ts';
import { placeOf } from './place-of.ts';
import { rewriteFields, type FieldRewrite } from './rewrite-fields.ts';
import {
  normalizedType,
  normalizeProblem,
  type NormalizeRule,
  type TextOperation,
} from '../model/job/normalize-rule.ts';
import type { FieldPlace } from '../model/job/field-path.ts';
import { hiddenPrefix, type PipelineStep } from '../model/pipeline/pipeline-step.ts';
import { quoteIdentifier, quoteLiteral } from '../model/pipeline/sql-text.ts';

interface PlacedRule {
  readonly rule: NormalizeRule;
  readonly place: FieldPlace;
}

/** One form for texts and times. Text is settled first; a time is read from what that leaves. */
export const normalizeStep: PipelineStep = {
  name: 'normalize',
  plan(spec, { columns }) {
    const { normalize } = spec.steps;
    if (normalize === undefined || normalize.rules.length === 0) return undefined;
    const rules = normalize.rules.map((rule): PlacedRule => {
      const check = (type: FieldPlace['type']): string | undefined => normalizeProblem(type, rule);
      return { rule, place: placeOf(spec, 'normalize', rule.field, columns, check) };
    });
    const texts = rewriteFields(columns, rules.flatMap(textRewrite));
    const times = rewriteFields(texts.columns, rules.flatMap(timeRewrite));
    const checks = rules.flatMap(unreadableTime).map(({ field, sql }, index) => {
      const name = `${hiddenPrefix}unreadable_${index}`;
      return { name, sql, when: quoteIdentifier(name), message: quoteLiteral(`cannot read field ${field} as a time`) };
    });
    return {
      layers: [texts.layer, checks, times.layer].filter((layer) => layer.length > 0),
      columns: times.columns,
      rejections: checks.map(({ when, message }) => ({ code: 'CAST_FAILED', when, message })),
    };
  },
};

const textSql: Readonly<Record<TextOperation, (text: string) => string>> = {
  trim: (text) => `regexp_replace(${text}, '^[\\s\\v\\p{Z}]+|[\\s\\v\\p{Z}]+$', '', 'g')`,
  lower: (text) => `lower(${text})`,
  upper: (text) => `upper(${text})`,
  emptyToNull: (text) => `nullif(${text}, '')`,
};

function textRewrite({ rule: { text, nullTokens }, place }: PlacedRule): FieldRewrite[] {
  if (text.length === 0 && nullTokens.length === 0) return [];
  const mayBecomeNull = nullTokens.length > 0 || text.includes('emptyToNull');
  const apply: FieldRewrite['apply'] = ({ sql, type }) => {
    const settled = text.reduce((inner, operation) => textSql[operation](inner), sql);
    const tokens = nullTokens.map(quoteLiteral).join(', ');
    const kept = tokens === '' ? settled : `CASE WHEN ${settled} NOT IN (${tokens}) THEN ${settled} END`;
    return { sql: kept, type, mayBecomeNull };
  };
  return [{ place, apply }];
}

function timeRewrite({ rule: { timestamp }, place }: PlacedRule): FieldRewrite[] {
  if (timestamp === undefined) return [];
  const apply: FieldRewrite['apply'] = ({ sql, type }) => ({
    sql: instantSql(microsOf(type, sql, timestamp.unit), timestamp.to),
    type: normalizedType(type, { timestamp }),
    mayBecomeNull: timestamp.onFailure === 'null',
  });
  return [{ place, apply }];
}

function unreadableTime({ rule: { timestamp, field }, place }: PlacedRule): { field: string; sql: string }[] {
  if (timestamp?.onFailure !== 'reject') return [];
  const isUnreadable = (value: string): string =>
    `(${value} IS NOT NULL AND ${microsOf(place.type, value, timestamp.unit)} IS NULL)`;
  return [{ field, sql: holdsAt(place, isUnreadable) }];
}
