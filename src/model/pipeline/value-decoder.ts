import type { DeadLetterCode } from '../table/dead-letter.ts';
import type { JsonScan } from './json-scan.ts';
import type { SchemaFinding } from '../batch/lane-schema.ts';

/** What a binary value came to: its content as JSON text, or why there is none. */
export type DecodedValue =
  | { readonly kind: 'text'; readonly text: Uint8Array; readonly schemaId: number | null }
  | {
      readonly kind: 'rejected';
      readonly code: Extract<DeadLetterCode, 'UNDECODABLE' | 'UNKNOWN_SCHEMA' | 'SCHEMA_INCOMPATIBLE'>;
      readonly message: string;
      readonly schemaId: number | null;
    };

/** What of records is decoded before any SQL runs. */
export interface RecordDecoders {
  readonly value?: ValueDecoder | undefined;
  readonly key?: ValueDecoder | undefined;
  /** What is proven of the JSON text that a value is, or was decoded to; without it the engine looks at all of them. */
  readonly scanText?: (text: Uint8Array) => JsonScan;
}

/** Turns the values of a binary format into JSON text that keeps every digit. */
export interface ValueDecoder {
  /**
   * Gets the schemas that these values name and that are not known yet; called before `decode` sees them.
   * @throws BronzeError REGISTRY_UNAVAILABLE.
   */
  prepare(values: Iterable<Uint8Array | null>, signal: AbortSignal): Promise<void>;
  /** Values whose schema is among the `findings` must not be given. */
  decode(value: Uint8Array): DecodedValue;
  /** Schemas that were prepared and about which nothing is decided yet. */
  readonly findings: readonly SchemaFinding[];
}
