import { registryType, type RegisteredSchema } from '../decode/registry/registry-client.ts';
import { schemaColumns } from '../decode/schema-columns.ts';
import { BronzeError, errorMessage } from '../errors.ts';
import type { BinaryParse } from '../model/job/binary-parse.ts';
import { quoteIdentifier } from '../model/pipeline/sql-text.ts';
import type { StructField } from '../model/table/table-schema.ts';
import { formatType } from '../spec/column-types/type-format.ts';
import { key, scalar } from './yaml-text.ts';

export interface RegistryJob {
  readonly name: string;
  readonly topic: string;
  readonly url: string;
  readonly subject: string;
  readonly schema: RegisteredSchema;
}

const formats: readonly BinaryParse['format'][] = ['avro', 'protobuf', 'jsonSchema'];

/** A job file whose columns are those of a registry's schema. @throws BronzeError SPEC_INVALID for one that makes no columns. */
export function registryJobText({ name, topic, url, subject, schema }: RegistryJob): string {
  const format = formats.find((candidate) => registryType(candidate) === schema.type);
  if (format === undefined) throw invalid(subject, `is of type ${schema.type}, which no format reads`);
  let columns: readonly StructField[];
  try {
    columns = schemaColumns(format, schema);
  } catch (error) {
    throw invalid(subject, `is not in order: ${errorMessage(error)}`);
  }
  const time = columns.find(({ type }) => type === 'timestamp') ?? columns.find(({ type }) => type === 'date');
  const lines = [
    '# yaml-language-server: $schema=../schema/job.schema.json',
    '#',
    `# Made by bronze infer from the latest schema of the subject ${subject}.`,
    `# Look it over, then try it: bronze validate ${name}, bronze dry-run ${name}`,
    `name: ${scalar(name)}`,
    `description: ${scalar(`Records of ${topic}`)}`,
    '',
    'source:',
    `  topics: ${scalar(topic)}`,
    '',
    'steps:',
    '  parse:',
    `    format: ${format}`,
    `    registry: ${scalar(url)}`,
    ...(subject === `${topic}-value` ? [] : [`    subject: ${scalar(subject)}`]),
    '    # The columns are those of the schema, and follow it (docs/jobs.md, Schema evolution). By now:',
    ...columns.map((column) => `    #   ${key(column.name)}: ${formatType(column.type)}`),
    '  metadata:',
    '    _raw_value: valueBytes',
    '    _kafka_partition: partition',
    '    _kafka_offset: offset',
    '    _kafka_timestamp: timestamp',
    '    _ingested_at: ingestedAt',
    '    _ingestion_date: ingestionDate',
    ...(time === undefined
      ? []
      : [
          '  derive:',
          `    _event_date: { type: date, sql: ${scalar(`CAST(${quoteIdentifier(time.name)} AS DATE)`)} }`,
        ]),
    '',
    'table:',
    `  partitionBy: [${time === undefined ? '_ingestion_date' : '_event_date'}]`,
  ];
  return `${lines.join('\n')}\n`;
}

function invalid(subject: string, problem: string): BronzeError {
  return new BronzeError('SPEC_INVALID', `the schema of ${subject} ${problem}`);
}
