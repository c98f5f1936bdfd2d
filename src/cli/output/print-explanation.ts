import type { StructField } from '../../model/table/table-schema.ts';
import { formatType } from '../../spec/column-types/type-format.ts';
import type { ExplainedOutput, ExplainedPipeline, ExplainedStep } from '../../trial/explain-pipeline.ts';
import { dataColors } from './messages.ts';
import { renderTable } from './table.ts';
import { visible } from './text-width.ts';

/** The steps in their order: what comes in, what each adds, changes and takes away, and what it refuses. */
export function renderExplanation(explained: ExplainedPipeline): string {
  const { job, reads, sourceRejections, steps, table, partitionColumns, outputs } = explained;
  const refused = sourceRejections.map(({ step, code }) => `${code} (${step})`).join(', ');
  return [
    `${dataColors.bold('record')}  ${reads.join(', ')}`,
    `  refuses before any SQL: ${refused}`,
    ...steps.flatMap((step, index) => ['', ...stepLines(step, index + 1)]),
    '',
    `${dataColors.bold('table')}  ${countOf(table.fields)}${partitionedBy(partitionColumns)} (job ${job})`,
    ...outputs.flatMap((output) => ['', ...outputLines(output)]),
  ].join('\n');
}

function stepLines(
  { step, columnsIn, columnsOut, rejections, drops }: ExplainedStep,
  number: number,
): readonly string[] {
  return [
    `${dataColors.bold(`${number} ${step}`)}  ${countOf(columnsIn)} in, ${countOf(columnsOut)} out`,
    ...(rejections.length === 0 ? [] : [`  refuses: ${[...new Set(rejections)].join(', ')}`]),
    ...(drops.length === 0 ? [] : [`  drops: ${[...new Set(drops)].join(', ')}`]),
    ...changeLines(columnsIn, columnsOut),
  ];
}

function outputLines({ output, kind, table, partitionColumns, keyColumns }: ExplainedOutput): readonly string[] {
  const replaced = keyColumns.length === 0 ? '' : `, a row for each ${keyColumns.join(', ')}`;
  const title = `${dataColors.bold(`output ${visible(output)}`)}  ${kind}, ${countOf(table.fields)}`;
  return [`${title}${partitionedBy(partitionColumns)}${replaced}`, ...changeLines([], table.fields)];
}

function partitionedBy(columns: readonly string[]): string {
  return columns.length === 0 ? '' : `, partitioned by ${columns.join(', ')}`;
}

function changeLines(before: readonly StructField[], after: readonly StructField[]): readonly string[] {
  const changes = changesOf(before, after);
  if (changes.length === 0) return [];
  const table = renderTable([{ title: '' }, { title: '' }, { title: '' }], changes, { maxWidth: 0 });
  // Without the line of titles.
  return table
    .split('\n')
    .slice(1)
    .map((line) => `  ${line}`);
}

function changesOf(before: readonly StructField[], after: readonly StructField[]): readonly (readonly string[])[] {
  const find = (fields: readonly StructField[], name: string): StructField | undefined =>
    fields.find((field) => field.name === name);
  const removed = before.filter(({ name }) => !find(after, name));
  return [
    ...after.flatMap((field) => {
      const earlier = find(before, field.name);
      if (earlier === undefined) return [['+', visible(field.name), typeText(field)]];
      const [from, to] = [typeText(earlier), typeText(field)];
      return from === to ? [] : [['~', visible(field.name), `${from} → ${to}`]];
    }),
    ...removed.map(({ name }) => ['-', visible(name), '']),
  ];
}

/** What the engine gets. */
export function renderSql({ sql, deduplicationSql }: ExplainedPipeline): string {
  if (deduplicationSql === undefined) return sql;
  return `${sql};\n\n-- then, over the rows of the whole batch: what duplicates are found by\n${deduplicationSql};`;
}

/** The same for programs. */
export function explanationAsJson({
  steps,
  table,
  outputs,
  ...rest
}: ExplainedPipeline): Readonly<Record<string, unknown>> {
  return {
    ...rest,
    steps: steps.map((step) => ({
      ...step,
      columnsIn: step.columnsIn.map(columnAsJson),
      columnsOut: step.columnsOut.map(columnAsJson),
    })),
    table: table.fields.map(columnAsJson),
    outputs: outputs.map((output) => ({ ...output, table: output.table.fields.map(columnAsJson) })),
  };
}

function columnAsJson({ name, type, nullable }: StructField): Readonly<Record<string, unknown>> {
  return { name, type: formatType(type), nullable };
}

function typeText({ type, nullable }: StructField): string {
  return `${formatType(type)}${nullable ? '' : ' not null'}`;
}

function countOf(columns: readonly StructField[]): string {
  return `${columns.length} ${columns.length === 1 ? 'column' : 'columns'}`;
}
