import type { OutputSpec } from '../../model/outputs/output-spec.ts';
import { expectAggregates } from './expect-aggregates.ts';
import { expectChanges } from './expect-changes.ts';
import { expectMerge } from './expect-merge.ts';
import type { Expectation, ExpectationInput } from './expectation.ts';

/** Works out what the table of an output must hold. `verify_table` is a view of the job's table. */
export function expectOutput(input: ExpectationInput, output: OutputSpec): Promise<Expectation> {
  switch (output.kind) {
    case 'aggregate':
      return expectAggregates(input, output);
    case 'changes':
      return expectChanges(input, output);
    case 'merge':
      return expectMerge(input, output);
  }
}
