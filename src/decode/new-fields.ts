import { isUsableName } from '../model/table/column-name.ts';
import { mostNewFields, type SchemaFinding } from '../model/batch/lane-schema.ts';
import { field, type DataType, type StructField } from '../model/table/table-schema.ts';
import { namesOf } from './json-containers.ts';
import { countFields, decidedFields, joinFields, joinTypes, typeOfJson } from './json-types.ts';
import { parseExactly } from './parse-exactly.ts';

/**
 * Gathers the types of JSON fields that the schema does not name. Unless there are too many, what comes of it does not
 * depend on the order of the values.
 */
export class NewFields {
  /** By JSON pointer. */
  readonly #types = new Map<string, DataType>();
  #count = 0;
  #tooMany = false;

  /** `pointer` leads to the field (RFC 6901), through structs that the schema names; `json` is its value. */
  add(pointer: string, json: string): void {
    const name = namesOf(pointer).at(-1) ?? '';
    if (this.#tooMany || !isUsableName(name)) return;
    const shown = shownBy(json);
    if (decidedFields([field(name, shown)]).length === 0) return;
    const known = this.#types.get(pointer);
    const type = known === undefined ? shown : joinTypes(known, shown);
    this.#types.set(pointer, type);
    this.#count += countFields([field(name, type)]) - (known === undefined ? 0 : countFields([field(name, known)]));
    this.#tooMany = this.#count > mostNewFields;
  }

  get findings(): readonly SchemaFinding[] {
    if (this.#tooMany) return [{ schemaId: null, columns: [], tooManyFields: true }];
    const columns = [...this.#types].map(([pointer, type]) => columnAt(namesOf(pointer), type));
    const joined = columns.reduce<readonly StructField[]>((all, column) => joinFields(all, [column]), []);
    return joined.length === 0 ? [] : [{ schemaId: null, columns: joined }];
  }
}

/** What JavaScript cannot parse, such as arrays within ten thousand arrays, is kept as text. */
function shownBy(json: string): DataType {
  try {
    return typeOfJson(parseExactly(json));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return 'string';
    throw error;
  }
}

/** The column with nothing in it but the field to which the names lead. */
function columnAt([name = '', ...inner]: readonly string[], type: DataType): StructField {
  return field(name, inner.length === 0 ? type : { type: 'struct', fields: [columnAt(inner, type)] });
}
