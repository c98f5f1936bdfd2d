import type { JobDocument } from '../../model/job/job-input.ts';

/** The flags of the command line that stand for keys of a job file, as texts. */
export interface JobFlags {
  readonly kafkaBrokers?: string | undefined;
  readonly kafkaTopic?: string | undefined;
  readonly checkpointPath?: string | undefined;
  readonly outputPath?: string | undefined;
  readonly dlqPath?: string | undefined;
  readonly triggerInterval?: string | undefined;
  readonly startingOffsets?: string | undefined;
  readonly maxOffsetsPerTrigger?: string | number | undefined;
  readonly withMetrics?: boolean | undefined;
}

/** The overrides that flags stand for; only those that were given, and checked only when the job is loaded. */
export function overridesFromFlags(flags: JobFlags): JobDocument {
  const source = given({
    bootstrapServers: flags.kafkaBrokers,
    topics: flags.kafkaTopic,
    startingOffsets: flags.startingOffsets,
    maxOffsetsPerTrigger: flags.maxOffsetsPerTrigger,
  });
  const table = given({ path: flags.outputPath });
  const deadLetter = given({ path: flags.dlqPath });
  return given({
    source: hasKeys(source) ? source : undefined,
    trigger: flags.triggerInterval,
    table: hasKeys(table) ? table : undefined,
    deadLetter: hasKeys(deadLetter) ? deadLetter : undefined,
    checkpointPath: flags.checkpointPath,
    withMetrics: flags.withMetrics,
  });
}

function given(values: JobDocument): JobDocument {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function hasKeys(document: JobDocument): boolean {
  return Object.keys(document).length > 0;
}
