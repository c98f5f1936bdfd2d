import type { Command } from 'commander';

export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Heading of the group in `bronze --help`. */
  readonly group: string;
  readonly register: (program: Command) => Promise<void>;
}

/**
 * Every command. Only the one that runs is imported, so that starting costs the same however many there are; the
 * summaries stand here for `bronze --help`.
 */
export const commandList: readonly CommandEntry[] = [
  {
    name: 'demo',
    summary: 'start everything: servers, sample producers, a worker, the sample jobs (npm start)',
    group: 'Jobs:',
    register: async (program) => (await import('./commands/demo.ts')).registerDemo(program),
  },
  {
    name: 'worker',
    summary: 'run a worker',
    group: 'Jobs:',
    register: async (program) => (await import('./commands/worker.ts')).registerWorker(program),
  },
  {
    name: 'start',
    summary: 'start a job',
    group: 'Jobs:',
    register: async (program) => (await import('./commands/start.ts')).registerStart(program),
  },
  {
    name: 'status',
    summary: 'show the lanes of a job, or of all jobs that run',
    group: 'Jobs:',
    register: async (program) => (await import('./commands/job-control.ts')).registerStatus(program),
  },
  {
    name: 'stop',
    summary: 'let the running micro-batches commit, then end the job',
    group: 'Jobs:',
    register: async (program) => (await import('./commands/job-control.ts')).registerStop(program),
  },
  {
    name: 'pause',
    summary: 'let the running micro-batches commit, then rest',
    group: 'Jobs:',
    register: async (program) => (await import('./commands/job-control.ts')).registerPause(program),
  },
  {
    name: 'resume',
    summary: 'go on after a pause, or after a defect was mended',
    group: 'Jobs:',
    register: async (program) => (await import('./commands/job-control.ts')).registerResume(program),
  },
  {
    name: 'reset',
    summary: 'move the positions of a running job',
    group: 'Jobs:',
    register: async (program) => (await import('./commands/job-control.ts')).registerReset(program),
  },
  {
    name: 'history',
    summary: 'list the micro-batches of a job, newest first',
    group: 'Jobs:',
    register: async (program) => (await import('./commands/history.ts')).registerHistory(program),
  },
  {
    name: 'query',
    summary: 'run SQL over the tables of the lake',
    group: 'Tables:',
    register: async (program) => (await import('./commands/query.ts')).registerQuery(program),
  },
  {
    name: 'tail',
    summary: 'show the newest rows of a table, or of all tables of a job, or follow them',
    group: 'Tables:',
    register: async (program) => (await import('./commands/tail.ts')).registerTail(program),
  },
  {
    name: 'table',
    summary: 'describe, create and register tables, and keep them in shape',
    group: 'Tables:',
    register: async (program) => (await import('./commands/table.ts')).registerTable(program),
  },
  {
    name: 'dlq',
    summary: 'list dead-letter tables, show their records, send them again',
    group: 'Tables:',
    register: async (program) => (await import('./commands/dlq.ts')).registerDlq(program),
  },
  {
    name: 'verify',
    summary: 'prove, offset by offset, that the tables hold what Kafka holds',
    group: 'Tables:',
    register: async (program) => (await import('./commands/verify.ts')).registerVerify(program),
  },
  {
    name: 'stack',
    summary: 'start and stop Kafka, Temporal, an S3 store and a Schema Registry on this machine',
    group: 'Servers:',
    register: async (program) => (await import('./commands/stack.ts')).registerStack(program),
  },
  {
    name: 'infer',
    summary: 'write a job file for a topic, from a sample of its records',
    group: 'Jobs:',
    register: async (program) => (await import('./commands/infer.ts')).registerInfer(program),
  },
  {
    name: 'validate',
    summary: 'check job files',
    group: 'Jobs:',
    register: async (program) => (await import('./commands/validate.ts')).registerValidate(program),
  },
  {
    name: 'explain',
    summary: 'show the steps of a job, their columns, and the SQL they become',
    group: 'Jobs:',
    register: async (program) => (await import('./commands/explain.ts')).registerExplain(program),
  },
  {
    name: 'dry-run',
    summary: 'run the newest records through a job without committing anything',
    group: 'Jobs:',
    register: async (program) => (await import('./commands/dry-run.ts')).registerDryRun(program),
  },
  {
    name: 'test',
    summary: 'run the tests that job files hold, without any server',
    group: 'Jobs:',
    register: async (program) => (await import('./commands/test.ts')).registerTest(program),
  },
  {
    name: 'produce',
    summary: 'send sample events, or the records of a file, to Kafka',
    group: 'Servers:',
    register: async (program) => (await import('./commands/produce.ts')).registerProduce(program),
  },
];
