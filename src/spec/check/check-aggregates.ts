import { parseAggregateText } from '../../model/outputs/aggregate-text.ts';
import { plainColumn, plainName } from '../../model/outputs/aggregate-type.ts';
import { windowColumns } from '../../model/outputs/output-spec.ts';
import type { DocumentPath } from '../document/document-path.ts';
import type { JobColumn } from '../build/job-columns.ts';
import { typeOfAggregate, unknownColumn } from '../build/output-columns.ts';
import type { OutputYaml, WrittenAggregate } from '../yaml/outputs-yaml.ts';
import { unexpectedValue, type ReportProblem } from '../document/spec-problem.ts';

const windowKeys = ['eventTime', 'watermark', 'idleAfter', 'late'] as const;

/** What the keys of an output with aggregates may not say together. */
export function checkAggregates(
  output: OutputYaml,
  at: DocumentPath,
  columns: readonly JobColumn[] | undefined,
  report: ReportProblem,
): void {
  const { window, groupBy = [], aggregates = {}, mode } = output;
  if (Object.keys(aggregates).length === 0) report([...at, 'aggregates'], 'expected at least one aggregate');
  for (const [name, written] of Object.entries(aggregates)) {
    const problem = aggregateProblem([...at, 'aggregates', name], written, columns);
    if (problem !== undefined) report([...at, 'aggregates', name], problem);
  }
  if (window === undefined) {
    for (const key of windowKeys) if (output[key] !== undefined) report([...at, key], 'needs a window');
    if (groupBy.length === 0) report(at, 'expected a window, groupBy, or both');
    if (mode === 'append') report([...at, 'mode'], 'append needs a window: without one no row is ever final');
    return;
  }
  checkWindow(window, [...at, 'window'], report);
  if (output.eventTime === undefined) report([...at, 'eventTime'], 'missing; expected the column that windows go by');
  if (output.watermark === undefined) {
    report([...at, 'watermark'], 'missing; expected how late a record may be, such as 30 seconds or 0 seconds');
  }
  const bound = groupBy.find((name) => Object.values<string>(windowColumns).includes(name));
  if (bound !== undefined) report([...at, 'groupBy'], `${bound} is what the window is called`);
}

function checkWindow(window: NonNullable<OutputYaml['window']>, at: DocumentPath, report: ReportProblem): void {
  const { tumbling, hopping, every, session } = window;
  const shapes = [tumbling, hopping, session].filter((shape) => shape !== undefined);
  if (shapes.length !== 1) report(at, 'expected one of tumbling, hopping (with every) and session');
  if (hopping === undefined) {
    if (every !== undefined) report([...at, 'every'], 'is for hopping windows');
  } else if (every === undefined) report([...at, 'every'], 'missing; expected how far apart the windows begin');
  else if (every > hopping) report([...at, 'every'], 'is longer than the windows, which would leave records in none');
}

function aggregateProblem(
  path: DocumentPath,
  written: WrittenAggregate,
  columns: readonly JobColumn[] | undefined,
): string | undefined {
  const parsed = parseAggregateText(written.sql);
  if (!parsed.ok) return unexpectedValue(path, written.sql, parsed.expected);
  const { input = '' } = parsed.value;
  const name = plainName(input);
  if (name !== undefined && columns !== undefined && plainColumn(input, columns) === undefined) {
    return unknownColumn(name, columns);
  }
  const inferred = typeOfAggregate(written, columns);
  switch (inferred.kind) {
    case 'known':
      return undefined;
    case 'impossible':
      return unexpectedValue(path, written.sql, `${parsed.value.function} of ${inferred.expected}`);
    case 'unknown':
      return `its type cannot be told; write { type: double, sql: ${JSON.stringify(written.sql)} }, with the right type`;
  }
}
