import type { FieldPlace } from '../model/job/field-path.ts';
import { hiddenPrefix } from '../model/pipeline/pipeline-step.ts';
import { quoteIdentifier, quoteLiteral } from '../model/pipeline/sql-text.ts';

/** SQL: does the condition hold at the place, for at least one element where it leads into lists? Null is no. */
export function holdsAt({ steps }: FieldPlace, condition: (value: string) => string): string {
  const [column, ...inside] = steps;
  const sql = column?.kind === 'field' ? quoteIdentifier(column.name) : 'NULL';
  return `coalesce(${holdsWithin(sql, inside, condition, 0)}, false)`;
}

function holdsWithin(
  sql: string,
  [step, ...rest]: FieldPlace['steps'],
  condition: (value: string) => string,
  depth: number,
): string {
  if (step === undefined) return condition(sql);
  if (step.kind === 'field') {
    return holdsWithin(`struct_extract(${sql}, ${quoteLiteral(step.name)})`, rest, condition, depth);
  }
  const element = `${hiddenPrefix}e${depth}`;
  const list = step.of === 'array' ? sql : `map_values(${sql})`;
  return `coalesce(len(list_filter(${list}, lambda ${element}: ${holdsWithin(element, rest, condition, depth + 1)})) > 0, false)`;
}
