import { BronzeError } from '../../errors.ts';
import type { BatchPlan, PlannedRange } from '../../model/batch/batch.ts';
import type { OutputPlan } from '../../model/outputs/output-batch.ts';

/** What the plan of a batch says of an output. @throws BronzeError INTERNAL where it says nothing. */
export function plannedOutput({ outputs, batch }: BatchPlan, name: string): OutputPlan {
  const planned = outputs?.find((output) => output.name === name);
  if (!planned) throw new BronzeError('INTERNAL', `batch ${String(batch)} was planned without the output ${name}`);
  return planned;
}

/** What of the batch the output did not have when it was planned; nothing of a range that it was beyond. */
export function rangesOf({ ranges }: BatchPlan, { partitions }: OutputPlan): readonly PlannedRange[] {
  const from = new Map(partitions.map(({ partition, fromOffset }) => [partition, fromOffset]));
  return ranges.map((range) => {
    const fromOffset = from.get(range.partition) ?? range.storedOffset;
    const endOffset = BigInt(fromOffset) > BigInt(range.endOffset) ? fromOffset : range.endOffset;
    return { ...range, storedOffset: fromOffset, startOffset: fromOffset, endOffset };
  });
}
