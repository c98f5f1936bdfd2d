/** The servers that the local stack can find or start. */
export const serverNames = ['kafka', 'temporal', 's3', 'registry'] as const;

export type ServerName = (typeof serverNames)[number];

/** Those that every job needs; S3 only where a path says so, a Schema Registry where schemas come from one. */
export const usualServers: readonly ServerName[] = ['kafka', 'temporal'];

export const serverTitles: Readonly<Record<ServerName, string>> = {
  kafka: 'Kafka',
  temporal: 'Temporal',
  s3: 'S3',
  registry: 'Registry',
};

/** Where the servers answer. `temporalUi` is unknown for a Temporal that somebody else runs. */
export interface StackAddresses {
  /** `host:port`, or several with commas between them. */
  readonly kafka?: string;
  /** `host:port`. */
  readonly temporal?: string;
  /** URL of the Web UI. */
  readonly temporalUi?: string;
  /** URL of the store. */
  readonly s3?: string;
  /** URL of MinIO's console; unknown for a store that somebody else runs. */
  readonly s3Console?: string;
  /** URL of a Schema Registry, as Confluent's API has it. */
  readonly registry?: string;
}
