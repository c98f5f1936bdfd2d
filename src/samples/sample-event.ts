/** What a generator makes: still an object, so that defects can be put into it. */
export interface SampleEvent {
  readonly key: string;
  readonly body: object;
}

/** What can be wrong with a sample, on purpose. */
export type SampleDefect =
  | 'brokenJson'
  | 'missingField'
  | 'wrongType'
  | 'emptyValue'
  | 'tombstone'
  | 'invalidUtf8'
  /** A binary message that ends too early. */
  | 'truncated'
  /** NaN, which JSON does not have. */
  | 'notANumber'
  | 'notAnObject'
  /** No time, or one that no table can hold. */
  | 'unreadableTime'
  /** An id that is none. */
  | 'malformedId'
  /** A header that is no UTF-8. */
  | 'invalidHeader'
  /** Sent by a test of the producer's, and not wanted in the table. */
  | 'testTraffic'
  /** Sent before, or about to be sent again. */
  | 'duplicate';

/** What is sent to Kafka. */
export interface SampleRecord {
  readonly key: string | Buffer;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, string | Buffer | readonly string[]>>;
  readonly defect: SampleDefect | undefined;
}
