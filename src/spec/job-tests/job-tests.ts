import { errorMessage } from '../../errors.ts';
import { dropReasons, type Drops } from '../../model/batch/batch.ts';
import type { TopicSelection } from '../../model/job/job-spec.ts';
import type { ExpectedRows, JobTest } from '../../model/job/job-test.ts';
import type { KafkaRecord } from '../../model/batch/kafka-record.ts';
import type { StructType } from '../../model/table/table-schema.ts';
import type { DocumentPath } from '../document/document-path.ts';
import { readExpectedOutputs } from './expected-outputs.ts';
import { readExpectedFields } from './expected-value.ts';
import { nearestName } from '../../model/nearest-name.ts';
import type { GivenKey, GivenValue } from './record-content.ts';
import { reportSchemaIssues } from '../document/schema-problems.ts';
import type { ReportProblem, SpecProblem } from '../document/spec-problem.ts';
import { isDropReason, testsYaml, type RowsYaml, type TestYaml } from '../yaml/tests-yaml.ts';
import { readYaml } from '../document/yaml-document.ts';

export type JobTestsVerdict =
  | { readonly ok: true; readonly tests: readonly JobTest[] }
  | { readonly ok: false; readonly problems: readonly SpecProblem[] };

/** What the tests of a job have to fit. */
export interface TestedJob {
  readonly topics: TopicSelection;
  readonly columns: StructType;
  /** Columns of the tables of outputs, by name. */
  readonly outputs: ReadonlyMap<string, StructType>;
  /** Writes a value in the job's format, and throws an Error for what does not fit; absent where only bytes do. */
  readonly encodeValue?: ((value: Readonly<Record<string, unknown>>) => Uint8Array) | undefined;
  /** The same for keys. */
  readonly encodeKey?: ((key: unknown) => Uint8Array) | undefined;
}

const defaultIngestedAtMs = Date.UTC(2026, 0, 1);

/** Reads the `tests` of a job file; none where it has no such section. Pure. */
export function readJobTests(yamlText: string, job: TestedJob): JobTestsVerdict {
  const read = readYaml(yamlText);
  if (!read.ok) return read;
  const { document } = read;
  const written = document.value['tests'];
  if (written === undefined) return { ok: true, tests: [] };
  const problems: SpecProblem[] = [];
  const report: ReportProblem = (path, message) => {
    const place = ['tests', ...path];
    const key = message.startsWith('unknown key') ? 'key' : undefined;
    problems.push({ path: place, message, ...document.locate(place, key) });
  };
  const parsed = testsYaml.safeParse(written);
  if (!parsed.success) {
    reportSchemaIssues(parsed.error.issues, written, written, report);
    return { ok: false, problems };
  }
  const tests = parsed.data.map((test, index) => buildTest(test, job, [index], report));
  for (const [index, { name }] of tests.entries()) {
    if (tests.findIndex((test) => test.name === name) < index) report([index, 'name'], `${name} is there twice`);
  }
  return problems.length === 0 ? { ok: true, tests } : { ok: false, problems };
}

function buildTest(test: TestYaml, job: TestedJob, path: DocumentPath, report: ReportProblem): JobTest {
  const ingestedAtMs = test.ingestedAt ?? defaultIngestedAtMs;
  const { rows, deadLetters = [], drops } = test.expect;
  return {
    name: test.name,
    topic: readTopic(test.topic, job.topics, [...path, 'topic'], report),
    ingestedAtMs,
    records: buildRecords(test.records, ingestedAtMs, encoderOf(job, [...path, 'records'], report)),
    expected: {
      rows:
        rows === undefined ? { kind: 'anyOrder', rows: [] } : readRows(rows, job, [...path, 'expect', 'rows'], report),
      deadLetters: deadLetters.map(({ offset, ...letter }) => ({
        ...letter,
        ...(offset === undefined ? {} : { offset: BigInt(offset) }),
      })),
      drops: drops === undefined ? {} : readDrops(drops, [...path, 'expect', 'drops'], report),
      outputs: readExpectedOutputs(test.expect, job.outputs, [...path, 'expect'], report),
    },
  };
}

function readTopic(
  topic: string | undefined,
  selection: TopicSelection,
  path: DocumentPath,
  report: ReportProblem,
): string {
  if (selection.kind === 'pattern') {
    const fits = topic !== undefined && new RegExp(`^(?:${selection.pattern})$`).test(topic);
    if (!fits) report(path, `${topic ?? 'missing'}; expected a topic that matches ${selection.pattern}`);
    return topic ?? '';
  }
  if (topic !== undefined && !selection.topics.includes(topic)) {
    const nearest = nearestName(topic, selection.topics);
    const hint = nearest === undefined ? `expected one of ${selection.topics.join(', ')}` : `did you mean ${nearest}?`;
    report(path, `${topic} is none of the job's topics; ${hint}`);
  }
  return topic ?? selection.topics[0] ?? '';
}

interface RecordEncoder {
  readonly value: (value: GivenValue, index: number) => Uint8Array | null;
  readonly key: (key: GivenKey, index: number) => Uint8Array | null;
}

function encoderOf({ encodeValue, encodeKey }: TestedJob, path: DocumentPath, report: ReportProblem): RecordEncoder {
  const encoded = (place: DocumentPath, noun: string, encode: (() => Uint8Array) | undefined): Uint8Array | null => {
    try {
      if (encode !== undefined) return encode();
      report(place, `${noun} of a Schema Registry have to be given as bytes: {base64: …} or {hex: …}`);
    } catch (error) {
      report(place, `does not fit the job's schema: ${errorMessage(error)}`);
    }
    return null;
  };
  return {
    value: (given, index) => {
      if (given.kind === 'bytes') return given.bytes;
      return encoded([...path, index, 'value'], 'values', encodeValue && (() => encodeValue(given.map)));
    },
    key: (given, index) => {
      if (given.kind === 'bytes') return given.bytes;
      return encoded([...path, index, 'key'], 'keys', encodeKey && (() => encodeKey(given.value)));
    },
  };
}

function buildRecords(
  records: TestYaml['records'],
  ingestedAtMs: number,
  encode: RecordEncoder,
): readonly KafkaRecord[] {
  const nextOffsets = new Map<number, bigint>();
  return records.map((record, index) => {
    const { headers = [], timestamp = ingestedAtMs, partition = 0 } = record;
    const offset = nextOffsets.get(partition) ?? 0n;
    nextOffsets.set(partition, offset + 1n);
    const value = encode.value(record.value, index);
    const key = record.key === undefined ? null : encode.key(record.key, index);
    return { partition, offset, timestampMs: BigInt(timestamp), timestampType: 'CreateTime', headers, key, value };
  });
}

function readRows(rows: RowsYaml, job: TestedJob, path: DocumentPath, report: ReportProblem): ExpectedRows {
  const { fields } = job.columns;
  if (rows.kind === 'anyOrder') {
    return {
      kind: 'anyOrder',
      rows: rows.rows.map((row, index) => readExpectedFields(fields, row, [...path, index], report)),
    };
  }
  const byOffset = Object.entries(rows.rows).map(([place, row]) => {
    const [offset = '0', partition = '0'] = place.split('/').toReversed();
    return {
      partition: Number(partition),
      offset: BigInt(offset),
      row: readExpectedFields(fields, row, [...path, place], report),
    };
  });
  return { kind: 'byOffset', rows: byOffset };
}

function readDrops(drops: Readonly<Record<string, number>>, path: DocumentPath, report: ReportProblem): Drops {
  const known: Record<string, number> = {};
  for (const [reason, count] of Object.entries(drops)) {
    if (isDropReason(reason)) known[reason] = count;
    else {
      const nearest = nearestName(reason, dropReasons);
      const hint = nearest === undefined ? `expected one of ${dropReasons.join(', ')}` : `did you mean ${nearest}?`;
      report([...path, reason], `there is no reason ${reason}; ${hint}`);
    }
  }
  return known;
}
