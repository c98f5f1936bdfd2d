/** What a look at a text's bytes has proven about it before the engine reads it. Each holds what those before it hold. */
export const jsonScan = {
  nothing: 0,
  /** An object by RFC 8259, which the engine can read. */
  isObject: 1,
  /** And the engine writes each of its numbers with the characters that the text has. */
  keepsNumbers: 2,
} as const;

export type JsonScan = (typeof jsonScan)[keyof typeof jsonScan];
