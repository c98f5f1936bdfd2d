import { formatType } from '../spec/column-types/type-format.ts';
import { eventDateOf, metadataColumns } from './job-columns.ts';
import { percent, structField } from './infer-fields.ts';
import type { InferredField } from './inferred-field.ts';
import type { SampleSummary } from './summarize-sample.ts';
import { testLines } from './test-lines.ts';
import { key, scalar } from './yaml-text.ts';

export interface InferredJob {
  readonly name: string;
  readonly topic: string;
  readonly sample: SampleSummary;
}

/** A job file for records like those of a sample, with comments that say what was seen. */
export function jobFileText({ name, topic, sample }: InferredJob): string {
  const { fields, leftOut } = sample;
  const metadata = metadataColumns(fields);
  const eventDate = eventDateOf(fields, metadata);
  const times = fields.filter(({ epochUnit }) => epochUnit !== undefined);
  const lines = [
    ...headLines(name, sample),
    `name: ${scalar(name)}`,
    `description: ${scalar(`Records of ${topic}`)}`,
    '',
    'source:',
    `  topics: ${scalar(topic)}`,
    '',
    'steps:',
    '  parse:',
    '    format: json',
    ...(leftOut.length === 0
      ? []
      : [
          `    # These fields cannot be columns, and are in the column _extra: ${leftOut.map((field) => JSON.stringify(field)).join(', ')}`,
          '    extraFields: keep',
        ]),
    '    schema:',
    ...fields.flatMap((field) => fieldLines(field, '      ')),
    '  metadata:',
    ...Object.entries(metadata).map(([column, source]) => `    ${key(column)}: ${source}`),
    ...scrubLines(fields),
    ...(times.length === 0
      ? []
      : [
          '  normalize:',
          ...times.map(
            ({ name: field, epochUnit }) => `    ${key(field)}: { timestamp: timestamp, unit: ${epochUnit} }`,
          ),
        ]),
    ...(eventDate === undefined
      ? []
      : ['  derive:', `    ${key(eventDate.column)}: { type: date, sql: ${scalar(eventDate.sql)} }`]),
    '',
    'table:',
    ...(eventDate === undefined
      ? [`  partitionBy: [${key(ingestionDateOf(metadata))}]`]
      : [
          `  # The day of the event, from ${eventDate.field}. Times that are far off make partitions of their own.`,
          `  partitionBy: [${key(eventDate.column)}]`,
        ]),
    '',
    ...testLines(fields, eventDate),
  ];
  return `${lines.join('\n')}\n`;
}

function headLines(name: string, { records, objects, unusable, where }: SampleSummary): readonly string[] {
  const odd = Object.entries(unusable).filter(([, count]) => count > 0);
  return [
    '# yaml-language-server: $schema=../schema/job.schema.json',
    '#',
    `# Made by bronze infer from ${records} records (${where}), ${objects} of them JSON objects.`,
    ...odd.map(([what, count]) => `# ${what}: ${count}`),
    '# Shares are of the objects that could hold a field. Write "not null" behind a type where a record without the value',
    '# has to be a dead letter.',
    `# Look it over, then try it: bronze validate ${name}, bronze test ${name}, bronze dry-run ${name}`,
  ];
}

function fieldLines(field: InferredField, indent: string): readonly string[] {
  const { name, fields } = field;
  if (fields.length > 0) {
    return [
      `${indent}${key(name)}: # ${remark(field)}`,
      ...fields.flatMap((inner) => fieldLines(inner, `${indent}  `)),
    ];
  }
  return [`${indent}${key(name)}: ${scalar(formatType(structField(field).type))} # ${remark(field)}`];
}

function remark({ share, remarks }: InferredField): string {
  return [percent(share), ...remarks].join('; ').replaceAll(/[\r\n]/g, ' ');
}

function scrubLines(fields: readonly InferredField[]): readonly string[] {
  const personal = personalPlaces(fields, '');
  if (personal.length === 0) return [];
  return [
    '  # These may be about a person. To scrub them take the # away, leave out what is not, and let no column hold the raw value:',
    '  # scrub:',
    '  #   rawValue: redact',
    '  #   fields:',
    ...personal.map((place) => `  #     ${key(place)}: { method: hash }`),
  ];
}

function personalPlaces(fields: readonly InferredField[], outer: string): readonly string[] {
  return fields.flatMap((field) => {
    const place = `${outer}${field.name}`;
    if (field.fields.length > 0) return personalPlaces(field.fields, `${place}.`);
    return field.isPersonal && field.type === 'string' ? [place] : [];
  });
}

function ingestionDateOf(metadata: Readonly<Record<string, string>>): string {
  return Object.entries(metadata).find(([, source]) => source === 'ingestionDate')?.[0] ?? '';
}
