import type { DeadLetterCode } from '../table/dead-letter.ts';
import type { Drops } from '../batch/batch.ts';
import type { KafkaRecord } from '../batch/kafka-record.ts';

/** One entry of a job file's `tests`: given records, and what they have to become. No part of a running job. */
export interface JobTest {
  readonly name: string;
  readonly topic: string;
  /** When the micro-batch of the test is planned: `ingestedAt` of its rows. */
  readonly ingestedAtMs: number;
  readonly records: readonly KafkaRecord[];
  readonly expected: ExpectedOutcome;
}

/** Everything that comes of the records; what is not named here must not be there. */
export interface ExpectedOutcome {
  readonly rows: ExpectedRows;
  readonly deadLetters: readonly ExpectedDeadLetter[];
  readonly drops: Drops;
  /** Outputs that are not named are not looked at. */
  readonly outputs: readonly ExpectedOutput[];
}

/** What an output's table has after the records of the test alone. */
export interface ExpectedOutput {
  readonly name: string;
  /** All of them, in any order; absent: not looked at. */
  readonly rows?: readonly ExpectedRow[];
  /** How many records come too late for all their windows; absent: not looked at. */
  readonly late?: number;
}

export type ExpectedRows =
  | { readonly kind: 'anyOrder'; readonly rows: readonly ExpectedRow[] }
  | { readonly kind: 'byOffset'; readonly rows: readonly (RecordCoordinates & { readonly row: ExpectedRow })[] };

export interface RecordCoordinates {
  readonly partition: number;
  readonly offset: bigint;
}

/** Only the columns that are named are compared. */
export type ExpectedRow = Readonly<Record<string, ExpectedValue>>;

/** A value as tables are read: decimals with all digits of their scale and instants in ISO 8601 as text. */
export type ExpectedValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly ExpectedValue[]
  | { readonly [key: string]: ExpectedValue };

export interface ExpectedDeadLetter {
  readonly code: DeadLetterCode;
  readonly step?: string | undefined;
  readonly partition?: number | undefined;
  readonly offset?: bigint | undefined;
  /** A part of the message. */
  readonly message?: string | undefined;
}
