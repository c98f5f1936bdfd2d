/** What we use of a package that comes without types, and in CommonJS. */
declare module 'parquetjs-lite' {
  import type { Writable } from 'node:stream';

  /** What a schema is made of; opaque to us. */
  interface ParquetSchema {
    readonly fields: unknown;
  }

  interface ParquetWriter {
    appendRow(row: Readonly<Record<string, string | number>>): Promise<void>;
    /** Ends the stream as well. */
    close(): Promise<void>;
  }

  const parquetjs: {
    readonly ParquetSchema: new (
      fields: Readonly<Record<string, { readonly type: 'UTF8' | 'INT64' }>>,
    ) => ParquetSchema;
    readonly ParquetWriter: { openStream(schema: ParquetSchema, stream: Writable): Promise<ParquetWriter> };
  };
  export default parquetjs;
}
