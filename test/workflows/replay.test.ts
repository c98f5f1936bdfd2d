import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { describe, expect, test } from 'vitest';
import { loadWorkflowBundle } from '../../src/temporal/workflow-bundle.ts';

const folder = join(import.meta.dirname, 'histories');
const names = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .toSorted();

Runtime.install({ logger: new DefaultLogger('ERROR') });

function savedHistory(name: string): string {
  return readFileSync(join(folder, name), 'utf8');
}

/** Runs today's workflow code against what happened then; throws where it would have decided otherwise. */
async function replay(history: string): Promise<void> {
  const parsed = JSON.parse(history) as History;
  // Children are named after it.
  const workflowId = parsed.events?.[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? undefined;
  await Worker.runReplayHistory({ workflowBundle: await loadWorkflowBundle() }, parsed, workflowId);
}

describe('workflows that were begun by an earlier build of this version', () => {
  test('are saved in each way in which they can end', () => {
    expect(names).toEqual([
      'dead-letter-replay.failed.json',
      'dead-letter-replay.sent.json',
      'ingestion-job.available-now.json',
      'ingestion-job.cancelled.json',
      'ingestion-job.continued-as-new.json',
      'ingestion-job.invalid.json',
      'ingestion-job.stopped.json',
      'ingestion-job.with-alerts.json',
      'job-alerts.ended.json',
      'micro-batch.committed.json',
      'micro-batch.drained.json',
      'micro-batch.released.json',
      'micro-batch.reopen.json',
    ]);
  });

  test.for(names)('%s goes on with the workflow code as it is now', async (name) => {
    await replay(savedHistory(name));
  });

  test('have met every message, a failed lane, dead letters, a new partition and continue-as-new', () => {
    const job = savedHistory('ingestion-job.continued-as-new.json') + savedHistory('ingestion-job.stopped.json');
    for (const signal of ['pause', 'resume', 'resetCheckpoint', 'gracefulStop']) {
      expect(job).toContain(`"signalName": "${signal}"`);
    }
    for (const update of ['pause', 'resume', 'resetCheckpoint']) expect(job).toContain(`"name": "${update}"`);
    expect(job).toContain('"type": "TABLE_SCHEMA_MISMATCH"');
    expect(job).toContain('EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW');
    expect(savedHistory('micro-batch.committed.json')).toContain('"name": "routeDeadLetters"');
  });
});

describe('a history that today’s code would not have made', () => {
  test.for([
    ['another activity', 'micro-batch.committed.json', '"name": "commitDeltaLog"', '"name": "commitElsewhere"'],
    ['another child', 'ingestion-job.stopped.json', '"name": "microBatch"', '"name": "macroBatch"'],
    ['another end', 'micro-batch.drained.json', '"name": "pollOffsets"', '"name": "transformRange"'],
  ] as const)('%s is noticed', async ([, name, from, to]) => {
    const history = savedHistory(name);
    expect(history).toContain(from);
    await expect(replay(history.replaceAll(from, to))).rejects.toThrow(DeterminismViolationError);
  });
});
