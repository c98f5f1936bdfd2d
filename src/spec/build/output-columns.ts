import { parseAggregateText } from '../../model/outputs/aggregate-text.ts';
import { inferAggregateType, plainColumn, type InferredType } from '../../model/outputs/aggregate-type.ts';
import { previousPrefix, windowColumns } from '../../model/outputs/output-spec.ts';
import type { DataType } from '../../model/table/table-schema.ts';
import type { JobColumn } from './job-columns.ts';
import { didYouMean } from '../../model/nearest-name.ts';
import type { OutputYaml, WrittenAggregate } from '../yaml/outputs-yaml.ts';

interface OutputColumn {
  readonly name: string;
  readonly type: DataType;
}

/** The columns of an output's table, as far as they are known; those that are not have no place here. */
export function outputColumns(output: OutputYaml, columns: readonly JobColumn[]): readonly OutputColumn[] {
  const named = (names: readonly string[] = []): readonly JobColumn[] =>
    names.flatMap((name) => columns.find((column) => column.name === name) ?? []);
  const { window, groupBy, aggregates, changes } = output;
  if (aggregates === undefined) {
    return [...columns, ...named(changes?.of).map(({ name, type }) => ({ name: `${previousPrefix}${name}`, type }))];
  }
  const bounds: readonly OutputColumn[] = Object.values(windowColumns).map((name) => ({ name, type: 'timestamp' }));
  return [
    ...(window === undefined ? [] : bounds),
    ...named(groupBy),
    ...Object.entries(aggregates).flatMap(([name, written]) => {
      const inferred = typeOfAggregate(written, columns);
      return inferred.kind === 'known' ? [{ name, type: inferred.type }] : [];
    }),
  ];
}

/** What is written, or what the function gives for a plain column. */
export function typeOfAggregate(
  { sql, type }: WrittenAggregate,
  columns: readonly JobColumn[] | undefined,
): InferredType {
  if (type !== undefined) return { kind: 'known', type };
  const parsed = parseAggregateText(sql);
  if (!parsed.ok) return { kind: 'unknown' };
  const { function: name, input } = parsed.value;
  const column = input === undefined || columns === undefined ? undefined : plainColumn(input, columns);
  return inferAggregateType(name, column?.type);
}

/** For a column that an output names and that is not there. */
export function unknownColumn(name: string, columns: readonly JobColumn[]): string {
  const names = columns.map((column) => column.name);
  return `${name} is no column of the job's table${didYouMean(name, names)}`;
}
