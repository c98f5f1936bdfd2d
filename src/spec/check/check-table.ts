import type { TopicSelection } from '../../model/job/job-spec.ts';
import { partitionFoldersProperty } from '../../model/table/partition-folders.ts';
import type { DataType } from '../../model/table/table-schema.ts';
import { misspeltProperty } from './delta-properties.ts';
import type { DocumentPath } from '../document/document-path.ts';
import type { JobColumn } from '../build/job-columns.ts';
import type { JobYaml } from '../yaml/job-yaml.ts';
import { hasSeveral } from '../build/locations.ts';
import { didYouMean } from '../../model/nearest-name.ts';
import { unexpectedValue, type ReportProblem } from '../document/spec-problem.ts';
import { formatType } from '../column-types/type-format.ts';

/** The partition columns are columns of the table, of a type that can be a partition value, and not all of them. */
export function checkPartitionColumns(
  partitionBy: readonly string[],
  columns: readonly NamedType[],
  path: DocumentPath,
  report: ReportProblem,
): void {
  for (const [index, name] of partitionBy.entries()) {
    const column = columns.find((candidate) => candidate.name === name);
    if (column === undefined) {
      const names = columns.map((candidate) => candidate.name);
      report(path, `${name} is no column of the table${didYouMean(name, names)}`);
    } else if (!isPartitionable(column.type)) {
      report(path, `${name} is of type ${formatType(column.type)}, which cannot be a partition value`);
    }
    if (partitionBy.indexOf(name) < index) report(path, `${name} is there twice`);
  }
  const all = columns.length > 0 && columns.every((column) => partitionBy.includes(column.name));
  if (all) report(path, 'all columns are partition columns; the data files would be empty');
}

type NamedType = Pick<JobColumn, 'name' | 'type'>;

function isPartitionable(type: DataType): boolean {
  return typeof type === 'string' && !['binary', 'float', 'double'].includes(type);
}

/** Each topic has a table of its own, unless the job says that they share one. */
export function checkTopicsOfTable(
  table: JobYaml['table'],
  topics: TopicSelection,
  metadata: JobYaml['steps']['metadata'] | undefined,
  report: ReportProblem,
): void {
  const shares = table.sharedByTopics === true;
  if (hasSeveral(topics) && !shares && !table.path.includes('{topic}')) {
    report(
      ['table', 'path'],
      'several topics would write to one table; put {topic} into the path, or set table.sharedByTopics: true',
    );
  }
  if (shares && table.path.includes('{topic}')) {
    report(
      ['table', 'sharedByTopics'],
      '{topic} in table.path gives each topic a table of its own; keep one of the two',
    );
  }
  const tellsTopics = metadata === undefined || Object.values(metadata).includes('topic');
  if (shares && !tellsTopics) {
    report(
      ['table', 'sharedByTopics'],
      'needs a column with the topic, such as steps.metadata: { _kafka_topic: topic }',
    );
  }
}

/** Readers of such folders find a column in the name of each, and pass over those that begin with `_` or `.`. */
export function checkPartitionFolders(table: JobYaml['table'], report: ReportProblem): void {
  const value = table.properties[partitionFoldersProperty];
  if (value === undefined) return;
  const at = ['table', 'properties', partitionFoldersProperty];
  const hidden = table.partitionBy.find((name) => /^[._]/.test(name));
  if (value !== 'hive') report(at, unexpectedValue(at, value, '`hive`'));
  else if (table.partitionBy.length === 0) report(at, 'needs table.partitionBy');
  else if (hidden !== undefined) report(at, `readers pass over folders that begin like the column ${hidden}`);
}

/** Properties that ask for a table feature which is not written (PROTOCOL.md, Valid Feature Names). */
const featureProperties =
  /^delta\.(feature\..*|columnMapping\.(?!mode$).*|constraints\..*|min(Reader|Writer)Version|checkpointPolicy)$/;
const featureSwitches = /^delta\.enable(DeletionVectors|ChangeDataFeed|RowTracking|IcebergCompat\w*)$/;

export function checkTableProperties(
  properties: Readonly<Record<string, string>>,
  path: DocumentPath,
  report: ReportProblem,
  written: readonly string[] = [],
): void {
  for (const [name, value] of Object.entries(properties)) {
    if (written.includes(name)) continue;
    const meant = misspeltProperty(name);
    if (meant !== undefined) {
      report([...path, name], `is no property of Delta tables, and nobody would go by it; did you mean ${meant}?`);
    } else if (name === 'delta.setTransactionRetentionDuration') {
      report([...path, name], 'would let the table forget how far it has read; leave it out');
    } else if (name === 'delta.columnMapping.mode' && !/^(none|name|id)$/i.test(value)) {
      report([...path, name], `is ${value}, and can be none, name or id`);
    } else if (featureProperties.test(name) || (featureSwitches.test(name) && value.toLowerCase() === 'true')) {
      report([...path, name], 'asks for a table feature that is not written; leave it out');
    }
  }
}
