import type { ExpectedOutput } from '../../model/job/job-test.ts';
import type { StructType } from '../../model/table/table-schema.ts';
import type { DocumentPath } from '../document/document-path.ts';
import { readExpectedFields } from './expected-value.ts';
import { nearestName } from '../../model/nearest-name.ts';
import type { ReportProblem } from '../document/spec-problem.ts';
import type { TestYaml } from '../yaml/tests-yaml.ts';

/** What a test says of outputs; reports names of outputs and columns that there are not, and values of wrong types. */
export function readExpectedOutputs(
  { outputs = {}, late = {} }: Pick<TestYaml['expect'], 'outputs' | 'late'>,
  known: ReadonlyMap<string, StructType>,
  path: DocumentPath,
  report: ReportProblem,
): readonly ExpectedOutput[] {
  for (const [key, written] of Object.entries({ outputs, late })) {
    const strangers = Object.keys(written).filter((name) => !known.has(name));
    for (const name of strangers) report([...path, key, name], noSuchOutput(name, [...known.keys()]));
  }
  return [...known].flatMap(([name, { fields }]): ExpectedOutput[] => {
    const [rows, count] = [outputs[name], late[name]];
    if (rows === undefined && count === undefined) return [];
    const place = [...path, 'outputs', name];
    const read = rows?.map((row, index) => readExpectedFields(fields, row, [...place, index], report));
    return [{ name, ...(read === undefined ? {} : { rows: read }), ...(count === undefined ? {} : { late: count }) }];
  });
}

function noSuchOutput(name: string, names: readonly string[]): string {
  if (names.length === 0) return 'the job has no outputs';
  const nearest = nearestName(name, names);
  const hint = nearest === undefined ? `expected one of ${names.join(', ')}` : `did you mean ${nearest}?`;
  return `the job has no output ${name}; ${hint}`;
}
