import { join } from 'node:path';
import { pathForTopic } from '../../../src/model/job/job-spec.ts';
import { verifyJob } from '../../../src/verify/verify-job.ts';
import type { World } from '../world.ts';
import { compareTopic } from './compare-topic.ts';
import { readKafkaLog } from './kafka-log.ts';
import { copyOut, rowsOfTable } from './table-rows.ts';

/** All that is wrong with what a scenario left, in tables that nobody writes to any more. */
export async function checkOutcome(world: World, lake: string, folder: string): Promise<readonly string[]> {
  const localLake = lake.startsWith('s3://') ? join(folder, 'lake') : lake;
  if (localLake !== lake) await copyOut(lake, localLake);
  return [...(await verified(world)), ...(await compared(world, (path) => path.replace(lake, localLake)))];
}

/** `bronze verify`, outputs too. */
async function verified({ spec, kafka, timeline }: World): Promise<readonly string[]> {
  const report = await verifyJob({ spec, kafka: kafka.reader });
  const partitions = report.topics.flatMap((topic) => topic.partitions);
  const outputs = report.topics.flatMap((topic) => topic.outputs);
  const verdicts = [
    ...partitions.map(({ verdict }) => verdict),
    ...outputs.map(({ output, verdict }) => `${output} ${verdict}`),
  ];
  timeline.note(`bronze verify: ${String(report.comparedRecords)} records, ${verdicts.join(', ')}`);
  const unproven = outputs.filter(({ verdict }) => verdict === 'unproven');
  return [
    ...report.differences.map((difference) => `verify: ${JSON.stringify(difference)}`),
    ...partitions.filter(({ verdict }) => verdict !== 'same').map((each) => `verify: ${JSON.stringify(each)}`),
    ...unproven.map((output) => `verify: ${JSON.stringify(output)}`),
  ];
}

/** The same without any code of ours, but for outputs. */
async function compared(
  { spec, topics, servers, producers, scenario, keptResets, timeline }: World,
  placed: (path: string) => string,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (const { name: topic } of topics) {
    const found = compareTopic({
      topic,
      log: await readKafkaLog(servers.addresses.kafka ?? '', topic),
      rows: await rowsOfTable(placed(pathForTopic(spec.table.path, topic)), 'rows'),
      deadLetters: await rowsOfTable(placed(pathForTopic(spec.deadLetter.path, topic)), 'deadLetters'),
      sent: producers.sent,
      copies: keptResets,
      parses: scenario.format === 'json',
      deduplicates: scenario.deduplicates,
    });
    problems.push(...found.map((problem) => `${topic}: ${problem}`));
  }
  timeline.note('compared with what Kafka and the producers say');
  return problems;
}
