import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import type { BatchSummary } from '../src/model/batch/batch.ts';
import { searchAttributeNames } from '../src/model/requests/search-attributes.ts';

const job = defineSearchAttributeKey(searchAttributeNames.job, 'KEYWORD');
const topic = defineSearchAttributeKey(searchAttributeNames.topic, 'KEYWORD');
const version = defineSearchAttributeKey(searchAttributeNames.version, 'INT');
const rows = defineSearchAttributeKey(searchAttributeNames.rows, 'INT');
const deadLetters = defineSearchAttributeKey(searchAttributeNames.deadLetters, 'INT');

export function jobSearchAttributes(name: string): SearchAttributePair[] {
  return [{ key: job, value: name }];
}

export function laneSearchAttributes(name: string, topicName: string): SearchAttributePair[] {
  return [...jobSearchAttributes(name), { key: topic, value: topicName }];
}

export function batchSearchAttributes(summary: BatchSummary): SearchAttributePair[] {
  return [
    { key: version, value: summary.version },
    { key: rows, value: summary.rows },
    { key: deadLetters, value: summary.deadLetters },
  ];
}
