import type { SchemaVerdict } from '../batch/schema-verdict.ts';
import type { StructField } from '../table/table-schema.ts';

/** Are values decoded before the engine sees them? */
export function isBinaryFormat(format: unknown): format is BinaryParse['format'] {
  return format === 'avro' || format === 'protobuf' || format === 'jsonSchema';
}

/** Values that are decoded by a schema of their own before they become columns. */
export interface BinaryParse {
  readonly format: 'avro' | 'protobuf' | 'jsonSchema';
  readonly from: SchemaSource;
  /** The columns of the table: the job's own, else none until the schema is pinned, and then those of the schema. */
  readonly schema: readonly StructField[];
  /**
   * The schema as it was when the job began, so that every batch and every retry of it gives the same rows. Absent until
   * then, and where each record names its schema and the job gives the columns.
   */
  readonly pinned?: PinnedSchema;
  readonly onCastFailure: 'reject' | 'null';
  /** What was decided about schemas of records that the columns do not cover, or did not. */
  readonly verdicts?: readonly SchemaVerdict[];
}

/** Where a schema is: in a file, or in a Schema Registry, where each record names its own (Confluent's wire format). */
export type SchemaSource =
  | {
      readonly kind: 'file';
      readonly path: string;
      /** Protobuf: the full name of the record's message. */
      readonly message?: string;
    }
  | { readonly kind: 'registry'; readonly url: string; readonly subject: string };

/** A schema with all that it refers to. */
export interface PinnedSchema {
  /** Protobuf: the text of a .proto file, or a FileDescriptorSet in base64. Else JSON. */
  readonly text: string;
  readonly isDescriptorSet?: true;
  readonly references: readonly SchemaReference[];
  /** Protobuf: the full name of the record's message. */
  readonly message?: string;
}

export interface SchemaReference {
  /** Avro: the type's name. Protobuf: the path that it is imported by. JSON Schema: what `$ref` calls it. */
  readonly name: string;
  readonly text: string;
}
