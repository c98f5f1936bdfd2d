import type { ScrubStep } from '../model/job/job-spec.ts';
import type { PipelineStep } from '../model/pipeline/pipeline-step.ts';
import { duckType, textSql } from '../model/pipeline/sql-text.ts';
import { scrubbedType, scrubProblem, unscrubbedColumns, type ScrubRule } from '../model/job/scrub-rule.ts';
import { field, type DataType } from '../model/table/table-schema.ts';
import { BronzeError } from '../errors.ts';
import { digestSql } from './digest-sql.ts';
import { holdsAt } from './holds-at.ts';
import { placeOf } from './place-of.ts';
import { rewriteFields, type TypedSql } from './rewrite-fields.ts';

/** Personal data becomes unreadable; the columns with the whole value become null, or are refused. */
export const scrubStep: PipelineStep = {
  name: 'scrub',
  plan(spec, { columns }) {
    const { scrub, metadata, key } = spec.steps;
    if (scrub === undefined || scrub.rules.length === 0) return undefined;
    const raw = unscrubbedColumns(metadata.columns, scrub.rules, key?.columns);
    if (raw.length > 0 && scrub.rawValue === 'refuse') {
      const problem = `steps.scrub: ${raw.join(', ')} would hold what is scrubbed`;
      throw new BronzeError('PIPELINE_INVALID', `job ${spec.name}: ${problem}`);
    }
    const rules = scrub.rules.map((rule) => ({
      rule,
      place: placeOf(spec, 'scrub.fields', rule.field, columns, (type) => scrubProblem(type, rule)),
    }));
    const redacted = raw.map((name) => ({
      place: placeOf(spec, 'scrub', name, columns, () => undefined),
      apply: removed,
    }));
    const rewritten = rewriteFields(columns, [
      ...rules.map(({ rule, place }) => ({
        place,
        apply: (value: Plain): TypedSql => scrubbed(scrub, rule, value),
      })),
      ...redacted,
    ]);
    const isAnyThere = rules.map(({ place }) => holdsAt(place, (value) => `${value} IS NOT NULL`)).join(' OR ');
    return {
      // The flag first: it looks at the values as they came.
      layers: [[{ name: scrub.flagColumn, sql: `(${isAnyThere})` }], rewritten.layer],
      columns: [...rewritten.columns, field(scrub.flagColumn, 'boolean')],
      rejections: [],
    };
  },
};

interface Plain {
  readonly sql: string;
  readonly type: DataType;
}

function scrubbed(scrub: ScrubStep, rule: ScrubRule, value: Plain): TypedSql {
  const { method } = rule;
  const { sql } = value;
  switch (method.kind) {
    case 'hash': {
      const bytes = value.type === 'binary' ? sql : `encode(${textSql(value.type, sql)})`;
      const digest = digestSql(bytes, scrub.hmacKey !== undefined);
      return { sql: digest, type: scrubbedType(value.type, rule), mayBecomeNull: false };
    }
    case 'mask': {
      const { keepFirst, keepLast } = method;
      const hiddenCount = `length(${sql}) - ${keepFirst + keepLast}`;
      const partly = `left(${sql}, ${keepFirst}) || repeat('*', ${hiddenCount}) || right(${sql}, ${keepLast})`;
      const masked = `CASE WHEN ${hiddenCount} > 0 THEN ${partly} ELSE repeat('*', length(${sql})) END`;
      return { sql: masked, type: value.type, mayBecomeNull: false };
    }
    case 'remove':
      return removed(value);
  }
}

function removed({ type }: Plain): TypedSql {
  return { sql: `CAST(NULL AS ${duckType(type)})`, type, mayBecomeNull: true };
}
