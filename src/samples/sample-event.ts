/** What a generator makes: still an object, so that defects can be put into it. */
export interface SampleEvent {
  readonly key: string;
  readonly body: object;
}

/** What can be wrong with a sample, on purpose. */
export type SampleDefect = 'brokenJson' | 'missingField' | 'wrongType' | 'emptyValue' | 'tombstone' | 'invalidUtf8';

/** What is sent to Kafka. */
export interface SampleRecord {
  readonly key: string;
  readonly value: Buffer | null;
  readonly defect: SampleDefect | undefined;
}
