import type { SentRecords } from '../producers.ts';
import type { KafkaLog } from './kafka-log.ts';
import type { CopiedRow } from './table-rows.ts';

interface TopicOutcome {
  readonly topic: string;
  readonly log: KafkaLog;
  readonly rows: readonly CopiedRow[];
  readonly deadLetters: readonly CopiedRow[];
  readonly sent: SentRecords;
  /** So often may an offset be there besides, for resets that kept rows. */
  readonly copies: number;
  /** Does the job parse values, so that broken ones are dead letters? */
  readonly parses: boolean;
  /** One row for each `seq`, whatever offset it is of. */
  readonly deduplicates: boolean;
}

const seqOf = (value: string): string => /"seq":"([^"]+)"/.exec(value)?.[1] ?? '';

/** What is wrong with a topic's tables, by what Kafka and the producers say alone. */
export function compareTopic(outcome: TopicOutcome): readonly string[] {
  const problems = [...compareLogWithProducers(outcome)];
  const rows = outcome.rows.filter(({ topic }) => topic === outcome.topic);
  const deadLetters = outcome.deadLetters.filter(({ topic }) => topic === outcome.topic);
  const rowsAt = Map.groupBy(rows, placeOf);
  const deadAt = Map.groupBy(deadLetters, placeOf);
  for (const [place, found] of [...rowsAt, ...deadAt]) {
    const expected = outcome.log.get(place);
    const other = found.find(({ value }) => value !== expected);
    if (other) problems.push(`${place} holds ${other.value}, and Kafka ${expected ?? 'no committed record'}`);
  }
  if (outcome.deduplicates) return [...problems, ...compareKeys(outcome, rows)];
  for (const [place, value] of outcome.log) {
    const isBroken = outcome.parses && outcome.sent.get(seqOf(value))?.isBroken === true;
    const [right, wrong] = isBroken ? [deadAt, rowsAt] : [rowsAt, deadAt];
    const count = right.get(place)?.length ?? 0;
    if (count < 1 || count > 1 + outcome.copies) problems.push(`${place} is there ${String(count)} times: ${value}`);
    if (wrong.has(place)) problems.push(`${place} is in the wrong table: ${value}`);
  }
  return problems;
}

function placeOf({ partition, offset }: CopiedRow): string {
  return `${String(partition)}/${String(offset)}`;
}

/** Kafka has lost nothing that it acknowledged, and shows nothing that was aborted: else the scenario proves nothing. */
function compareLogWithProducers({ topic, log, sent, deduplicates }: TopicOutcome): readonly string[] {
  const inLog = new Set([...log.values()].map(seqOf));
  const problems: string[] = [];
  for (const [seq, { fate }] of sent) {
    if (!seq.startsWith(`${topic}-`)) continue;
    if (fate === 'acknowledged' && !inLog.has(seq)) problems.push(`Kafka has lost ${seq}`);
    if (fate === 'aborted' && inLog.has(seq) && !deduplicates) problems.push(`Kafka shows ${seq}, which was aborted`);
  }
  return problems;
}

function compareKeys({ log }: TopicOutcome, rows: readonly CopiedRow[]): readonly string[] {
  const wanted = new Set([...log.values()].map(seqOf));
  const found = Map.groupBy(rows, ({ value }) => seqOf(value));
  return [
    ...[...wanted].filter((seq) => !found.has(seq)).map((seq) => `${seq} is in no row`),
    ...[...found].filter(([, same]) => same.length > 1).map(([seq, same]) => `${seq} is in ${same.length} rows`),
  ];
}
