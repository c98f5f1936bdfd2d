import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { BronzeError, errorMessage } from '../errors.ts';
import type { KafkaReader } from '../kafka/kafka-reader.ts';
import { newestRanges } from '../kafka/newest-ranges.ts';
import { topicRanges } from '../kafka/topic-ranges.ts';
import { SampleSummarizer, type SampleSummary } from './summarize-sample.ts';

/** The newest records of all partitions of a topic. @throws BronzeError as reading does. */
export async function sampleOfTopic(
  kafka: KafkaReader,
  topic: string,
  mostRecords: number,
  signal: AbortSignal,
): Promise<SampleSummary> {
  const ranges = newestRanges(await topicRanges(kafka, topic, 'read_committed'), mostRecords);
  const summarizer = new SampleSummarizer();
  for await (const { records } of kafka.readRanges(ranges, { signal })) {
    for (const { value } of records) summarizer.add(value);
  }
  return summarizer.summary(`the newest of ${topic}, over ${ranges.length} topic partitions`);
}

/** A file with a record per line. @throws BronzeError USAGE where it cannot be read. */
export async function sampleOfFile(path: string, mostRecords: number): Promise<SampleSummary> {
  const summarizer = new SampleSummarizer();
  let records = 0;
  try {
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
      if (line.trim() === '') continue;
      if (records === mostRecords) break;
      records += 1;
      summarizer.add(Buffer.from(line));
    }
  } catch (error) {
    throw new BronzeError('USAGE', `${path} cannot be read: ${errorMessage(error)}`);
  }
  return summarizer.summary('the lines of a file');
}
