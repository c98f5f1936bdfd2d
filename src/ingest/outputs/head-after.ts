import type { StoredPositions } from '../../delta/commit/offset-positions.ts';
import type { OutputSpec } from '../../model/outputs/output-spec.ts';
import type { CommitOutputRequest } from '../../model/requests/lane-requests.ts';
import { closedThroughAfter } from './closed-through.ts';
import type { OutputHead } from './output-head.ts';

/** The head of an output after a batch, but for what is open and in which files: merging says that. */
export function headAfter(
  request: CommitOutputRequest,
  output: OutputSpec,
  { head, stored }: { readonly head: OutputHead; readonly stored: StoredPositions },
): OutputHead {
  const partitions = partitionsAfter(request, head);
  if (output.kind !== 'aggregate' || output.window === undefined) return { ...head, partitions };
  const closedThroughUs = closedThroughAfter(output.window, {
    partitions,
    quietPartitions: request.plan.quietPartitions ?? [],
    knownPartitions: [...stored.offsets.keys()],
    plannedAtMs: request.plan.plannedAtMs,
    beforeUs: head.closedThroughUs === undefined ? undefined : BigInt(head.closedThroughUs),
  });
  return {
    ...head,
    partitions,
    ...(closedThroughUs === undefined ? {} : { closedThroughUs: String(closedThroughUs) }),
  };
}

/** The topic partitions of the batch as they stand after it, and the others as before. */
function partitionsAfter({ plan, parts }: CommitOutputRequest, head: OutputHead): OutputHead['partitions'] {
  const greatest = new Map(
    parts.flatMap((part) => part.greatestEventTimeUs).map(({ partition, us }) => [partition, us]),
  );
  const read = new Set(plan.ranges.map(({ partition }) => partition));
  const others = head.partitions.filter(({ partition }) => !read.has(partition));
  const own = [...read].map((partition) => {
    const us = greatest.get(partition);
    return { partition, lastReadAtMs: plan.plannedAtMs, ...(us === undefined ? {} : { greatestEventTimeUs: us }) };
  });
  return [...others, ...own].toSorted((left, right) => left.partition - right.partition);
}
