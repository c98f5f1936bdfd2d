import type { JobSpec } from '../model/job/job-spec.ts';
import type { KafkaRecord } from '../model/batch/kafka-record.ts';
import { rangesOf, readerOf } from '../trial/given-records.ts';
import { runTrial } from '../trial/run-trial.ts';
import type { Chunk } from './read-chunk.ts';

/** What the job as it is now would make of a record. */
export type Fate =
  { readonly kind: 'row' } | { readonly kind: 'deadLetter'; readonly code: string } | { readonly kind: 'dropped' };

/** Runs the records through the job's whole pipeline, outputs aside; the fates are in their order. Throws as `runTrial`. */
export async function tryLetters(
  spec: JobSpec,
  { topic, letters }: Chunk,
  nowMs: number,
  signal: AbortSignal,
): Promise<readonly Fate[]> {
  // Numbered anew: a topic that was deleted and made again had some offsets twice.
  const records = letters.map(
    ({ partition, timestampMs = BigInt(nowMs), timestampType, key, value, headers }, index): KafkaRecord => ({
      ...{ partition, offset: BigInt(index), timestampMs, timestampType, key, value, headers },
    }),
  );
  const { outputs: _, ...withoutOutputs } = spec;
  return runTrial(
    { spec: withoutOutputs, topic, ranges: rangesOf(topic, records), plannedAtMs: nowMs },
    { openReader: () => readerOf(records) },
    signal,
    async ({ files }) => {
      const fates = records.map((): Fate => ({ kind: 'dropped' }));
      for (const { offset } of await files.rowCoordinates()) fates[Number(offset)] = { kind: 'row' };
      for (const { offset, code } of await files.deadLetters()) fates[Number(offset)] = { kind: 'deadLetter', code };
      return fates;
    },
  );
}
