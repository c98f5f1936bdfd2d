import { expect, it } from 'vitest';
import { pinSchema } from '../../../src/ingest/schema/pin-schema.ts';
import { addDrops, type Drops } from '../../../src/model/batch/batch.ts';
import type { KafkaRecord } from '../../../src/model/batch/kafka-record.ts';
import { sampleRecord } from '../../../src/samples/sample-records.ts';
import type { SampleDefect, SampleRecord } from '../../../src/samples/sample-event.ts';
import { loadJob } from '../../../src/spec/load-job.ts';
import { rangesOf, readerOf } from '../../../src/trial/given-records.ts';
import { runTrial } from '../../../src/trial/run-trial.ts';
import { packagedJobsFolder } from '../../../src/worker-settings.ts';
import {
  deviceEventFates,
  expectedOutcome,
  readingFates,
  userEventFates,
  type SampleOutcome,
} from '../../support/sample-fates.ts';

const seed = 11;
const plannedAtMs = Date.UTC(2026, 0, 27, 18, 30);

function kafkaRecord({ key, value, headers = {} }: SampleRecord, index: number): KafkaRecord {
  return {
    partition: 0,
    offset: BigInt(index),
    timestampMs: BigInt(plannedAtMs + index),
    timestampType: 'CreateTime',
    key: Buffer.from(key),
    value,
    headers: Object.entries(headers).flatMap(([name, content]) =>
      (Array.isArray(content) ? content : [content]).map((one: string | Buffer) => {
        return [Buffer.from(name), Buffer.from(one)] as const;
      }),
    ),
  };
}

it.each([
  ['dev-topic', 'dev_topic', deviceEventFates],
  ['event-pipeline', 'user_events', userEventFates],
  ['events-window', 'events', readingFates],
] as const)('%s: what is wrong with samples of %s is found, and nothing else', async (job, topic, fates) => {
  const total = 3000;
  const samples = Array.from({ length: total }, (_, index) => sampleRecord(topic, seed, index));
  const defects: Partial<Record<SampleDefect, number>> = {};
  for (const { defect } of samples) if (defect !== undefined) defects[defect] = (defects[defect] ?? 0) + 1;
  expect(Object.keys(defects)).toEqual(expect.arrayContaining(Object.keys(fates)));
  const records = samples.map(kafkaRecord);
  const spec = await pinSchema(loadJob(job, { jobsFolder: packagedJobsFolder, env: {} }), { env: {} });
  const outcome = await runTrial(
    { spec, topic, ranges: rangesOf(topic, records), plannedAtMs },
    { openReader: () => readerOf(records) },
    new AbortController().signal,
    ({ result: { counts, deadLettersByCode } }): Promise<SampleOutcome> =>
      Promise.resolve({
        rows: counts.reduce((sum, { rows }) => sum + rows, 0),
        deadLettersByCode,
        drops: counts.reduce((sum: Drops, { drops }) => addDrops(sum, drops), {}),
      }),
  );
  expect(outcome).toEqual(expectedOutcome(fates, { records: total, defects }));
});
