import { DuckDBDataChunk, LIST, STRUCT, BLOB, type DuckDBAppender, type DuckDBType } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';

/** DuckDB's vector size: a data chunk holds no more rows. */
export const chunkRows = 2048;

/** Collects the values of one column for one chunk. */
export interface ColumnWriter<T> {
  readonly type: DuckDBType;
  set(row: number, value: T | null): void;
  /** Writes `rowCount` rows into the vector and starts anew. */
  flush(vector: duckdb.Vector, rowCount: number): void;
}

class Validity {
  readonly #bits = new BigUint64Array(chunkRows / 64).fill(~0n);
  #hasNull = false;

  setNull(row: number): void {
    const word = row >>> 6;
    this.#bits[word] = (this.#bits[word] ?? 0n) & ~(1n << BigInt(row & 63));
    this.#hasNull = true;
  }

  flush(vector: duckdb.Vector): void {
    if (!this.#hasNull) return;
    duckdb.vector_ensure_validity_writable(vector);
    duckdb.copy_data_to_vector_validity(vector, 0, this.#bits.buffer, 0, this.#bits.byteLength);
    this.#bits.fill(~0n);
    this.#hasNull = false;
  }
}

type NumberArray = Int32Array | Uint8Array;

/** INTEGER, BOOLEAN and the like. */
export class NumberColumn implements ColumnWriter<number> {
  readonly type: DuckDBType;
  readonly #values: NumberArray;
  readonly #validity = new Validity();

  constructor(type: DuckDBType, values: NumberArray) {
    this.type = type;
    this.#values = values;
  }

  set(row: number, value: number | null): void {
    if (value === null) this.#validity.setNull(row);
    else this.#values[row] = value;
  }

  flush(vector: duckdb.Vector, rowCount: number): void {
    copy(vector, this.#values, rowCount);
    this.#validity.flush(vector);
  }
}

/** BIGINT. */
export class BigIntColumn implements ColumnWriter<bigint> {
  readonly type: DuckDBType;
  readonly #values = new BigInt64Array(chunkRows);
  readonly #validity = new Validity();

  constructor(type: DuckDBType) {
    this.type = type;
  }

  set(row: number, value: bigint | null): void {
    if (value === null) this.#validity.setNull(row);
    else this.#values[row] = value;
  }

  flush(vector: duckdb.Vector, rowCount: number): void {
    copy(vector, this.#values, rowCount);
    this.#validity.flush(vector);
  }
}

/** VARCHAR and BLOB from bytes, with no JavaScript string in between. */
export class BytesColumn implements ColumnWriter<Uint8Array> {
  readonly type: DuckDBType;
  readonly #values: (Uint8Array | null)[] = [];
  readonly #validity = new Validity();

  constructor(type: DuckDBType) {
    this.type = type;
  }

  set(row: number, value: Uint8Array | null): void {
    this.#values[row] = value;
  }

  flush(vector: duckdb.Vector, rowCount: number): void {
    for (let row = 0; row < rowCount; row++) {
      const value = this.#values[row];
      if (value == null) this.#validity.setNull(row);
      else duckdb.vector_assign_string_element_len(vector, row, value);
    }
    this.#validity.flush(vector);
    this.#values.length = 0;
  }
}

type Header = readonly [key: Uint8Array, value: Uint8Array | null];

/** LIST of STRUCT(key BLOB, value BLOB), as Kafka's headers are. */
export class HeadersColumn implements ColumnWriter<readonly Header[]> {
  readonly type = LIST(STRUCT({ key: BLOB, value: BLOB }));
  /** Offset and length of each row's list as 64-bit numbers, low half first; the high halves stay 0. */
  readonly #entries = new Uint32Array(chunkRows * 4);
  readonly #headers: Header[] = [];

  set(row: number, value: readonly Header[] | null): void {
    const length = value?.length ?? 0;
    this.#entries[row * 4] = this.#headers.length;
    this.#entries[row * 4 + 2] = length;
    if (value && length > 0) this.#headers.push(...value);
  }

  flush(vector: duckdb.Vector, rowCount: number): void {
    const count = this.#headers.length;
    duckdb.copy_data_to_vector(vector, 0, this.#entries.buffer, 0, rowCount * 16);
    duckdb.list_vector_reserve(vector, count);
    duckdb.list_vector_set_size(vector, count);
    if (count === 0) return;
    const element = duckdb.list_vector_get_child(vector);
    const keys = duckdb.struct_vector_get_child(element, 0);
    const values = duckdb.struct_vector_get_child(element, 1);
    const validity = new BigUint64Array(Math.ceil(count / 64)).fill(~0n);
    for (const [index, [key, value]] of this.#headers.entries()) {
      duckdb.vector_assign_string_element_len(keys, index, key);
      if (value) duckdb.vector_assign_string_element_len(values, index, value);
      else {
        const word = index >>> 6;
        validity[word] = (validity[word] ?? 0n) & ~(1n << BigInt(index & 63));
      }
    }
    duckdb.vector_ensure_validity_writable(values);
    duckdb.copy_data_to_vector_validity(values, 0, validity.buffer, 0, validity.byteLength);
    this.#headers.length = 0;
  }
}

function copy(vector: duckdb.Vector, values: NumberArray | BigInt64Array, rowCount: number): void {
  const { buffer } = values;
  if (!(buffer instanceof ArrayBuffer)) throw new TypeError('column buffers are not shared');
  duckdb.copy_data_to_vector(vector, 0, buffer, 0, rowCount * values.BYTES_PER_ELEMENT);
}

/** Appends chunks to one table. The chunk is used again and again: each would else live until garbage is collected. */
export class ChunkWriter {
  readonly #columns: readonly Pick<ColumnWriter<never>, 'type' | 'flush'>[];
  readonly #chunk: DuckDBDataChunk;

  constructor(columns: readonly Pick<ColumnWriter<never>, 'type' | 'flush'>[]) {
    this.#columns = columns;
    this.#chunk = DuckDBDataChunk.create(columns.map((column) => column.type));
  }

  flush(appender: DuckDBAppender, rowCount: number): void {
    if (rowCount === 0) return;
    const { chunk } = this.#chunk;
    duckdb.data_chunk_reset(chunk);
    duckdb.data_chunk_set_size(chunk, rowCount);
    for (const [index, column] of this.#columns.entries()) {
      column.flush(duckdb.data_chunk_get_vector(chunk, index), rowCount);
    }
    appender.appendDataChunk(this.#chunk);
  }
}
