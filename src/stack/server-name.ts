/** The servers that the local stack can find or start. */
export const serverNames = ['kafka', 'temporal'] as const;

export type ServerName = (typeof serverNames)[number];

export const serverTitles: Readonly<Record<ServerName, string>> = { kafka: 'Kafka', temporal: 'Temporal' };

/** Where the servers answer. `temporalUi` is unknown for a Temporal that somebody else runs. */
export interface StackAddresses {
  /** `host:port`, or several with commas between them. */
  readonly kafka?: string;
  /** `host:port`. */
  readonly temporal?: string;
  /** URL of the Web UI. */
  readonly temporalUi?: string;
}
