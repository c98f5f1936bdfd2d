/** Workflow functions only: each export is a workflow type. */
export { deadLetterReplay } from './dead-letter-replay.ts';
export { ingestionJob } from './ingestion-job.ts';
export { jobAlerts } from './job-alerts.ts';
export { microBatch } from './micro-batch.ts';
export { tableMaintenance } from './table-maintenance.ts';
