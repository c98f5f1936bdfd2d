import { hidden, hiddenPrefix, type ComputedColumn } from '../model/pipeline/pipeline-step.ts';
import { quoteIdentifier } from '../model/pipeline/sql-text.ts';
import type { PlannedStep } from './table-schema.ts';

/** A SELECT over the one that it is given. */
type Layer = (from: string) => string;

/** The step's own layers, then those that note which of its rejections holds, that one's message, and which drop. */
export function layersOf(step: PlannedStep): Layer[] {
  const known = new Set<string>([
    hidden.reject,
    hidden.message,
    hidden.drop,
    ...step.columnsBefore.map((c) => quoteIdentifier(c.name)),
  ]);
  const verdicts = [...rejectionColumns(step), ...dropColumns(step), ...ruleColumns(step)];
  return [...step.layers, ...verdicts.map((column) => [column])].map((layer) => layerSql(layer, known));
}

function rejectionColumns(step: PlannedStep): ComputedColumn[] {
  if (step.rejections.length === 0) return [];
  const whens = step.rejections.map(({ when }, index) => `WHEN ${when} THEN ${step.firstRejection + index}`);
  const messages = step.rejections.map(({ message }, index) => `WHEN ${step.firstRejection + index} THEN ${message}`);
  const settled = `WHEN ${hidden.reject} IS NOT NULL THEN ${hidden.reject} WHEN ${hidden.drop} IS NOT NULL THEN NULL`;
  return [
    { name: `${hiddenPrefix}reject`, sql: `CASE ${settled} ${whens.join(' ')} END::UTINYINT` },
    {
      name: `${hiddenPrefix}message`,
      sql: `CASE ${hidden.reject} ${messages.join(' ')} ELSE ${hidden.message} END`,
    },
  ];
}

function dropColumns({ drops = [], firstDrop }: PlannedStep): ComputedColumn[] {
  if (drops.length === 0) return [];
  const whens = drops.map(({ when }, index) => `WHEN ${when} THEN ${firstDrop + index}`);
  const settled = `WHEN ${hidden.drop} IS NOT NULL THEN ${hidden.drop} WHEN ${hidden.reject} IS NOT NULL THEN NULL`;
  return [{ name: `${hiddenPrefix}drop`, sql: `CASE ${settled} ${whens.join(' ')} END::UTINYINT` }];
}

function ruleColumns({ rules = [] }: PlannedStep): ComputedColumn[] {
  if (rules.length === 0) return [];
  const failed = rules.map(({ fails }, index) => `CASE WHEN ${fails} THEN ${index}::USMALLINT END`).join(', ');
  const some = rules.map(({ fails }) => fails).join(' OR ');
  const known = `list_filter([${failed}], lambda ${hiddenPrefix}r: ${hiddenPrefix}r IS NOT NULL)`;
  return [{ name: `${hiddenPrefix}failed_rules`, sql: `CASE WHEN ${some} THEN ${known} END` }];
}

function layerSql(layer: readonly ComputedColumn[], known: Set<string>): Layer {
  const [replaced, added]: [string[], string[]] = [[], []];
  for (const { name, sql } of layer) {
    const column = quoteIdentifier(name);
    (known.has(column) ? replaced : added).push(`${sql} AS ${column}`);
    known.add(column);
  }
  const star = replaced.length === 0 ? '*' : `* REPLACE (${replaced.join(', ')})`;
  return (from) => `SELECT ${[star, ...added].join(', ')} FROM (${from}) AS ${hidden.rows}`;
}
