import { manifestFormats, schemaEvolutions } from '../../model/job/job-spec.ts';
import { byteSize, choice, flag, named, propertyValue, section, text, textList } from './yaml-leaves.ts';

const pathHint = 'a folder or an s3:// URL (s3a:// means the same); {topic} stands for the name of the topic';

export const tableYaml = section(
  {
    path: text({ description: `Where the table is: ${pathHint}.`, examples: ['data/lake/bronze_{topic}'] }, 'a path'),
    partitionBy: textList(
      { description: 'Partition columns of the table; each one a column of the steps. [] for none.' },
      /./,
      'names of columns, a list of them or one text with commas',
      'empty too',
    ),
    sharedByTopics: flag({
      description: 'Several topics in one table. Needs a metadata column with the topic. Default: false.',
    }).optional(),
    properties: named(propertyValue(), 'a map from table property to value', {
      description: 'Table properties of a new table, such as delta.logRetentionDuration.',
    }),
    schemaEvolution: choice([...schemaEvolutions], {
      description:
        'When records or the job have fields that the table has no column for: add columns and widen types (addColumns, the default), leave the fields out (none), or refuse them (strict).',
    }).optional(),
    targetFileSize: byteSize({
      description: 'A data file that grows beyond this is closed and another one begun.',
      examples: ['128 MiB'],
    }),
    manifests: choice(manifestFormats, {
      description: "Write a list of each batch's files into the table's _manifests folder. Default: none.",
    }).optional(),
  },
  { description: 'The Delta table that the rows go to.' },
);

export const deadLetterYaml = section(
  {
    path: text({ description: `Where dead letters go: ${pathHint}. Default: dlq_{topic} beside the table.` }, 'a path'),
  },
  { description: 'The Delta table of the records that were rejected.' },
);
