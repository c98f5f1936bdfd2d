import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { pythonWith, readers } from './python.ts';

/** A value as another library reads it from a file, without loss: numbers are texts, times are counts since the epoch. */
export type PlainValue = null | boolean | string | readonly PlainValue[] | { readonly [name: string]: PlainValue };

export interface PlainTable {
  /** Name to Delta type as a text such as `array<struct<a:long>>`. */
  readonly types: Readonly<Record<string, string>>;
  readonly rows: readonly Readonly<Record<string, PlainValue>>[];
}

const plainValue: z.ZodType<PlainValue> = z.lazy(() =>
  z.union([z.null(), z.boolean(), z.string(), z.array(plainValue), z.record(z.string(), plainValue)]),
);
const plainTable = z.object({
  types: z.record(z.string(), z.string()),
  rows: z.array(z.record(z.string(), plainValue)),
});

/** Reads Parquet files with PyArrow, in one process for all of them. */
export class ParquetReader implements Disposable {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string, undefined>;
  #errors = '';

  private constructor(executable: string) {
    this.#process = spawn(executable, ['-c', script]);
    this.#process.stderr.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  static async open(): Promise<ParquetReader> {
    const { executable } = await pythonWith([readers.deltalake, readers.pyarrow]);
    return new ParquetReader(executable);
  }

  async read(file: string): Promise<PlainTable> {
    this.#process.stdin.write(`${JSON.stringify(file)}\n`);
    const line = await this.#lines.next();
    if (line.done === true) throw new Error(`PyArrow ended: ${this.#errors}`);
    return plainTable.parse(JSON.parse(line.value));
  }

  [Symbol.dispose](): void {
    this.#process.kill();
  }
}

/** Maps are lists of pairs; floats have the digits that identify them as doubles. */
const script = `
import base64, json, sys
import pyarrow as pa, pyarrow.parquet as pq
T = pa.types
names = {'int8': 'byte', 'int16': 'short', 'int32': 'integer', 'int64': 'long', 'float': 'float', 'double': 'double',
         'bool': 'boolean', 'string': 'string', 'binary': 'binary', 'date32[day]': 'date',
         'timestamp[us, tz=UTC]': 'timestamp', 'timestamp[us]': 'timestamp_ntz'}
def type_of(t):
    if T.is_decimal(t): return f'decimal({t.precision},{t.scale})'
    if T.is_map(t): return f'map<{type_of(t.key_type)},{type_of(t.item_type)}>'
    if T.is_list(t): return f'array<{type_of(t.value_type)}>'
    if T.is_struct(t): return 'struct<' + ','.join(f'{f.name}:{type_of(f.type)}' for f in t) + '>'
    return names.get(str(t), 'unexpected ' + str(t))
def plain(s):
    if not s.is_valid: return None
    t = s.type
    if T.is_boolean(t): return s.as_py()
    if T.is_decimal(t): return format(s.as_py(), 'f')
    if T.is_map(t): return [[plain(e[0]), plain(e[1])] for e in s.values]
    if T.is_list(t): return [plain(e) for e in s.values]
    if T.is_struct(t): return {t[i].name: plain(s[i]) for i in range(t.num_fields)}
    if T.is_timestamp(t) or T.is_date(t): return str(s.value)
    if T.is_binary(t): return base64.b64encode(s.as_py()).decode()
    return repr(s.as_py()) if T.is_floating(t) else str(s.as_py())
for line in sys.stdin:
    table = pq.ParquetFile(json.loads(line)).read()
    columns = {n: [plain(s) for s in c] for n, c in zip(table.column_names, table.columns)}
    rows = [{n: c[i] for n, c in columns.items()} for i in range(table.num_rows)]
    print(json.dumps({'types': {f.name: type_of(f.type) for f in table.schema}, 'rows': rows}), flush=True)
`;
