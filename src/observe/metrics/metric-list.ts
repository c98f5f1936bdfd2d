/** A family of time series. `labels` are all that its series differ by. */
export interface MetricDefinition {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly labels: readonly string[];
  /** One line, for the endpoint and for docs/monitoring.md. */
  readonly meaning: string;
}

const lane = ['job', 'topic'] as const;
const output = [...lane, 'output'] as const;

/**
 * Every metric of ours. Names follow Prometheus: unit last, counters end in `_total`. Labels hold names of the
 * configuration and of closed lists, never anything of a record.
 */
export const metricList = {
  kafka_bronze_batches_total: {
    kind: 'counter',
    labels: lane,
    meaning: 'Micro-batches that were committed.',
  },
  kafka_bronze_rows_total: {
    kind: 'counter',
    labels: lane,
    meaning: 'Rows that were committed to the table.',
  },
  kafka_bronze_dead_letters_total: {
    kind: 'counter',
    labels: [...lane, 'code'],
    meaning: 'Records of committed batches that became dead letters, by error code.',
  },
  kafka_bronze_dropped_offsets_total: {
    kind: 'counter',
    labels: [...lane, 'reason'],
    meaning: 'Offsets of committed batches that are neither rows nor dead letters, by reason.',
  },
  kafka_bronze_rule_failures_total: {
    kind: 'counter',
    labels: [...lane, 'rule', 'action'],
    meaning: 'Records of committed batches that fail a validation rule, by rule and by what it does with them.',
  },
  kafka_bronze_read_bytes_total: {
    kind: 'counter',
    labels: lane,
    meaning: 'Bytes of keys and values of committed batches, as they came from Kafka.',
  },
  kafka_bronze_written_bytes_total: {
    kind: 'counter',
    labels: lane,
    meaning: 'Bytes of the files of committed batches: rows and dead letters.',
  },
  kafka_bronze_written_files_total: {
    kind: 'counter',
    labels: lane,
    meaning: 'Files of rows of committed batches.',
  },
  kafka_bronze_batch_duration_seconds: {
    kind: 'histogram',
    labels: lane,
    meaning: 'From the plan of a batch to its commit.',
  },
  kafka_bronze_stage_duration_seconds: {
    kind: 'histogram',
    labels: [...lane, 'stage'],
    meaning:
      'Stages of a batch: fetch, transform and write of each share of a committed batch; deadLetters, output and commit.',
  },
  kafka_bronze_table_version: {
    kind: 'gauge',
    labels: lane,
    meaning: 'Version of the table that the last batch became.',
  },
  kafka_bronze_last_commit_timestamp_seconds: {
    kind: 'gauge',
    labels: lane,
    meaning: 'When the last batch was committed.',
  },
  kafka_bronze_newest_record_timestamp_seconds: {
    kind: 'gauge',
    labels: lane,
    meaning: "Timestamp in Kafka of the last batch's newest record, roughly: of the last ones of each fetch.",
  },
  kafka_bronze_lag_offsets: {
    kind: 'gauge',
    labels: [...lane, 'partition'],
    meaning: 'Offsets of a topic partition that are not committed yet.',
  },
  kafka_bronze_lag_seconds: {
    kind: 'gauge',
    labels: lane,
    meaning:
      'For how long the oldest uncommitted offset has been there, as far as the worker has seen; 0 where there is none.',
  },
  kafka_bronze_lag_measured_timestamp_seconds: {
    kind: 'gauge',
    labels: lane,
    meaning: 'When the lag was last measured.',
  },
  kafka_bronze_activity_failures_total: {
    kind: 'counter',
    labels: [...lane, 'activity', 'code'],
    meaning: 'Attempts of activities that failed, by error code; what can heal is tried again.',
  },
  kafka_bronze_commits_total: {
    kind: 'counter',
    labels: ['table'],
    meaning: 'Delta commits to a table, of any kind.',
  },
  kafka_bronze_commit_rebases_total: {
    kind: 'counter',
    labels: ['table'],
    meaning: 'How often another writer took a version first, so that a commit was checked and tried again.',
  },
  kafka_bronze_output_rows_total: {
    kind: 'counter',
    labels: output,
    meaning: 'Rows that were committed to the table of an output.',
  },
  kafka_bronze_output_removed_rows_total: {
    kind: 'counter',
    labels: output,
    meaning: 'Rows that left the table of an output: replaced or deleted.',
  },
  kafka_bronze_output_late_records_total: {
    kind: 'counter',
    labels: output,
    meaning: 'Records that came when all of their windows were closed.',
  },
  kafka_bronze_output_open_windows: {
    kind: 'gauge',
    labels: output,
    meaning: 'Windows that later records may change; keys, for an output without windows.',
  },
  kafka_bronze_output_state_bytes: {
    kind: 'gauge',
    labels: output,
    meaning: 'Size of the state of an output.',
  },
  kafka_bronze_maintained_tables_total: {
    kind: 'counter',
    labels: ['job', 'task', 'outcome'],
    meaning: 'Tables that maintenance has looked after, by task and outcome.',
  },
  kafka_bronze_maintenance_removed_files_total: {
    kind: 'counter',
    labels: ['job', 'task'],
    meaning: 'Files that maintenance took out of tables (optimize) or deleted (vacuum, cleanup).',
  },
  kafka_bronze_worker_info: {
    kind: 'gauge',
    labels: ['version'],
    meaning: 'Always 1; which release the worker runs.',
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

export type MetricName = keyof typeof metricList;

/** What a series of the metric is told from the others by. */
export type LabelsOf<Name extends MetricName> = Readonly<Record<(typeof metricList)[Name]['labels'][number], string>>;

/** The metrics of a kind. */
export type MetricOf<Kind extends MetricDefinition['kind']> = {
  [Name in MetricName]: (typeof metricList)[Name]['kind'] extends Kind ? Name : never;
}[MetricName];

/** Buckets of every duration of ours: from a batch of a few records to one that takes a quarter of an hour. */
export const durationBucketsSeconds: readonly number[] = [
  0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900,
];

export const durationMetrics = ['kafka_bronze_batch_duration_seconds', 'kafka_bronze_stage_duration_seconds'] as const;
