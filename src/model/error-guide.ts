import type { ErrorCode } from './error-code.ts';

export interface ErrorGuide {
  /** What has happened, in words of users. */
  readonly meaning: string;
  readonly remedy: string;
}

/** What a person reads who looks up an error code; `docs/errors.md` is made of it. */
export const errorGuide: Readonly<Record<ErrorCode, ErrorGuide>> = {
  SPEC_INVALID: {
    meaning: 'A job file says something that cannot be; the message names line and key.',
    remedy: 'Mend the file; `bronze validate` says all that is wrong with it at once.',
  },
  SPEC_NOT_FOUND: {
    meaning: 'There is no job, environment or file of this name.',
    remedy: 'Look at the names in the jobs folder that the message gives.',
  },
  USAGE: {
    meaning: 'A command was given options or arguments that do not go together.',
    remedy: '`bronze <command> --help` shows what it takes.',
  },
  KAFKA_UNAVAILABLE: {
    meaning: 'No broker answers, or a topic partition has no leader.',
    remedy: 'Start Kafka, or mend the addresses. Jobs go on by themselves.',
  },
  KAFKA_AUTHENTICATION: {
    meaning: 'Kafka refuses the user, or the connection lacks a certificate or a password.',
    remedy: 'Mend `source.security` and the variables that it names, or what the user is allowed to do.',
  },
  TOPIC_NOT_FOUND: {
    meaning: 'Kafka has no topic of this name.',
    remedy: 'Create it, or mend the name. A job waits until it is there.',
  },
  TOPIC_RECREATED: {
    meaning: 'The topic was deleted and created anew: its offsets mean other records now.',
    remedy: 'Set `source.failOnDataLoss: false` to go on with the new topic, or reset the checkpoint.',
  },
  OFFSETS_LOST: {
    meaning: 'Kafka no longer has offsets that are still to be read, or ends before offsets that were read.',
    remedy: 'Set `source.failOnDataLoss: false` to accept the loss on record, or reset the checkpoint.',
  },
  KAFKA_PROTOCOL: {
    meaning: 'A broker answered something that is not understood, or a record batch is damaged.',
    remedy: 'The message names topic partition and offset. If it does not pass, look at the brokers.',
  },
  PRODUCER_FENCED: {
    meaning: 'Another attempt of a replay of dead letters has taken over, or the broker gave up a transaction of it.',
    remedy: 'Nothing: the attempt that took over, or the next one, goes on where Kafka says that it came to.',
  },
  RECORD_REFUSED: {
    meaning: 'Kafka does not take a record that a replay of dead letters sends: it is too large, or too old.',
    remedy: 'Raise `max.message.bytes` of the topic; `--timestamp now`; `--to-topic`; or leave it out with `--where`.',
  },
  REGISTRY_UNAVAILABLE: {
    meaning: 'The Schema Registry does not answer, or answers with an error.',
    remedy: 'Start it, or mend its URL and credentials. Jobs go on by themselves.',
  },
  ENGINE_CRASHED: {
    meaning: 'The process that transforms records ended in the middle.',
    remedy: 'If it happens again, give workers more memory or make batches smaller (`maxBytesPerTrigger`).',
  },
  ENGINE_OUT_OF_MEMORY: {
    meaning: 'The engine needed more than `--engine-memory`, and could not spill it to disk.',
    remedy: 'Raise `--engine-memory`, or make batches smaller (`maxBytesPerTrigger`).',
  },
  PIPELINE_INVALID: {
    meaning: 'The steps of a job cannot be run: SQL that does not parse, or columns that are not there.',
    remedy: 'Mend the job; `bronze validate` and `bronze dry-run` show it without a table.',
  },
  STORAGE_UNAVAILABLE: {
    meaning: 'The store of a table does not answer, or a disk is full or out of order.',
    remedy: 'Mend the store. Jobs go on by themselves.',
  },
  STORAGE_ACCESS_DENIED: {
    meaning: 'The store refuses to read or write there.',
    remedy: 'Mend the credentials, or what they are allowed to do; [s3.md](s3.md) lists what is needed.',
  },
  STORAGE_MISCONFIGURED: {
    meaning: 'The settings of the store cannot be: no such bucket, region or endpoint, or a path of another kind.',
    remedy: 'Mend what the message names; [s3.md](s3.md) has all settings.',
  },
  STORAGE_UNSAFE: {
    meaning: 'The store lets two writers create the same object, so that commits could be lost.',
    remedy: 'Use a store with conditional writes; [s3.md](s3.md) says which are known to work.',
  },
  COMMIT_STATE_UNKNOWN: {
    meaning: 'The store gave no clear answer whether a commit is there.',
    remedy: 'Nothing: the next attempt looks it up, and nothing is committed twice.',
  },
  STAGED_FILE_MISSING: {
    meaning: 'A file that a batch has written is gone before it was committed.',
    remedy: 'Nothing at first: the batch is made anew. If it comes again, find out who deletes files of the table.',
  },
  TABLE_NOT_FOUND: {
    meaning: 'There is no Delta table at this path.',
    remedy: 'Mend the name or `--lake`; the message names tables that are there.',
  },
  TABLE_CORRUPT: {
    meaning: 'The log of the table, or a file that it names, is missing or cannot be read.',
    remedy: 'Restore the file that the message names. A store that is only slow to show it is tried again.',
  },
  TABLE_FEATURE_UNSUPPORTED: {
    meaning: 'The table uses a feature of Delta that this version cannot read or write safely.',
    remedy: 'Take the feature off the table with the engine that set it, or use another table.',
  },
  TABLE_SCHEMA_MISMATCH: {
    meaning: "The job's columns do not fit those of the table.",
    remedy: 'Mend the job, change the table, or allow it with `table.schemaEvolution`.',
  },
  TABLE_CHANGED: {
    meaning: 'Another writer changed the same part of the table at the same time.',
    remedy: 'Nothing: it is done again on the newest version.',
  },
  READ_VERSION_GONE: {
    meaning: 'The version of the table that a batch looks for duplicates in was cleaned up.',
    remedy: 'Nothing: the batch is planned anew. If it comes often, keep files and log entries for longer.',
  },
  TABLE_OWNED_BY_ANOTHER_JOB: {
    meaning: 'Another job ingests the same topic into this table already, or keeps rows there up to date.',
    remedy: 'Give each job, and each output, a table of its own.',
  },
  LANE_FENCED: {
    meaning: 'A newer run of the job has taken over; this one has committed nothing since.',
    remedy: 'Nothing, if the newer run is wanted; else stop that one.',
  },
  OFFSETS_DISAGREE: {
    meaning: 'The table holds other offsets than the job, or its checkpoint files, remember.',
    remedy: 'If the table was restored on purpose, reset the checkpoint to where it shall go on.',
  },
  RESET_INVALID: {
    meaning: 'A reset asks for what cannot be: unknown topics or partitions, or rows that cannot be told apart.',
    remedy: 'The message says what would work, mostly `--rows keep`.',
  },
  OUTPUT_BEHIND: {
    meaning: 'An output lacks batches that the job has: the job ran without it, or an older copy was put back.',
    remedy: 'Give the output another path, or reset the checkpoint to where it stands.',
  },
  OUTPUT_CHANGED: {
    meaning: 'An output means something else than when its state was made, which cannot be continued.',
    remedy: 'Put it back as it was, or give it another name or path.',
  },
  PREREQUISITE_MISSING: {
    meaning: 'A program that the local servers need is not installed.',
    remedy: 'Install what the message names, or name a running server in the environment.',
  },
  SERVER_NOT_READY: {
    meaning: 'A local server did not come up in time.',
    remedy: 'Look at the log file that the message names, then try again.',
  },
  TEMPORAL_UNAVAILABLE: {
    meaning: 'Temporal does not answer.',
    remedy: 'Start it (`bronze stack up`), or mend TEMPORAL_ADDRESS.',
  },
  WORKER_STOPPING: {
    meaning: 'A worker that is stopping gave its work back.',
    remedy: 'Nothing: another worker, or the same one when it is back, goes on.',
  },
  WORKER_FULL: {
    meaning: 'A worker has no place left for a lane that waits for its topic, and gave it back.',
    remedy: 'Nothing urgent: it is looked at every few seconds. Start another worker for lanes to wait there.',
  },
  WORKER_UNAVAILABLE: {
    meaning: 'No worker answered for the job.',
    remedy: 'Start one (`bronze worker`) on the task queue of the job.',
  },
  JOB_NOT_RUNNING: {
    meaning: 'No workflow of this name runs.',
    remedy: '`bronze status` lists those that do; `bronze start` starts one.',
  },
  REPLAY_OVERTAKEN: {
    meaning: 'Another replay of the same dead letters began later, and this one sends nothing any more.',
    remedy: 'Wait for the other one; what this one sent, it leaves out.',
  },
  REPLAY_PROGRESS_LOST: {
    meaning: 'Kafka has forgotten how far a replay of dead letters came: its consumer group is gone, or expired.',
    remedy: 'Begin another replay: it leaves out what this one sent, or may have sent.',
  },
  RECEIVER_UNAVAILABLE: {
    meaning: 'Whoever is to be told of alerts does not answer.',
    remedy: 'Mend the receiver or its URL. A message is tried for some minutes; the log has it in any case.',
  },
  RECEIVER_REFUSED: {
    meaning: 'Whoever is to be told of alerts does not take what is sent, or its variable is not set.',
    remedy: "Mend the variable that `notify` names, in the worker's environment.",
  },
  INTERNAL: {
    meaning: 'Something that was not foreseen, most likely a bug.',
    remedy: 'Run again with `--debug`, and report it with what that shows.',
  },
};
