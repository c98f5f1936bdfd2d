import { BronzeError } from '../../errors.ts';
import type { CompiledOutput } from '../../aggregate/compiled-output.ts';
import { compileAggregate } from '../../aggregate/compile-aggregate.ts';
import { compileChanges } from '../../aggregate/compile-changes.ts';
import { compileMerge } from '../../aggregate/compile-merge.ts';
import type { JobSpec } from '../../model/job/job-spec.ts';
import type { OutputSpec } from '../../model/outputs/output-spec.ts';
import type { StructType } from '../../model/table/table-schema.ts';
import { tableSchema } from '../../transform/table-schema.ts';

/** An output of the job as SQL, over the rows of the job's table. @throws BronzeError PIPELINE_INVALID. */
export function compileOutput(output: OutputSpec, rows: StructType): CompiledOutput {
  switch (output.kind) {
    case 'aggregate':
      return compileAggregate(output, rows);
    case 'changes':
      return compileChanges(output, rows);
    case 'merge':
      return compileMerge(output, rows);
  }
}

export interface NamedOutput {
  readonly output: OutputSpec;
  readonly compiled: CompiledOutput;
}

/** All outputs of a job. @throws BronzeError PIPELINE_INVALID. */
export function compileOutputs(spec: JobSpec): readonly NamedOutput[] {
  const { outputs = [] } = spec;
  if (outputs.length === 0) return [];
  const rows = tableSchema(spec);
  return outputs.map((output) => ({ output, compiled: compileOutput(output, rows) }));
}

/** @throws BronzeError INTERNAL where the job has no output of that name. */
export function outputNamed(spec: JobSpec, name: string): NamedOutput {
  const output = spec.outputs?.find((candidate) => candidate.name === name);
  if (output === undefined) throw new BronzeError('INTERNAL', `job ${spec.name} has no output ${name}`);
  return { output, compiled: compileOutput(output, tableSchema(spec)) };
}
