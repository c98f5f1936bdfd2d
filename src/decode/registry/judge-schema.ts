import type { BinaryParse, PinnedSchema } from '../../model/job/binary-parse.ts';
import type { SchemaEvolution } from '../../model/job/job-spec.ts';
import { isCovered, mergeFields, typeText, type SchemaMerge } from '../../model/table/schema-merge.ts';
import type { StructField } from '../../model/table/table-schema.ts';
import { protobufRoot, messageNameAt } from '../protobuf/protobuf-schema.ts';
import { schemaColumns } from '../schema-columns.ts';
import type { RegisteredSchema } from './registry-client.ts';

/** How records of a schema go with the columns that a lane reads. */
export type SchemaJudgement =
  | { readonly kind: 'covered' }
  /** Its records have more than the columns hold, and nobody has decided about it yet. */
  | { readonly kind: 'new'; readonly columns: readonly StructField[] }
  | { readonly kind: 'refused'; readonly reason: string };

/** Depends on the job as the lane runs it and on the schema alone, so that every attempt judges alike. */
export function judgeSchema(
  parse: BinaryParse,
  id: number,
  schema: RegisteredSchema,
  evolution: SchemaEvolution,
): SchemaJudgement {
  // The job's own columns, where it has some, are all that it wants; else it keeps to the schema it began with.
  if (parse.pinned === undefined || evolution === 'none') return { kind: 'covered' };
  const verdict = parse.verdicts?.find(({ schemaId }) => schemaId === id);
  if (verdict?.refusal !== undefined) return { kind: 'refused', reason: verdict.refusal };
  const columns = columnsOfRecords(parse.format, schema, parse.pinned);
  const merge = mergeFields(parse.schema, columns);
  if (verdict !== undefined || isCovered(merge)) return { kind: 'covered' };
  return evolution === 'addColumns' ? { kind: 'new', columns } : { kind: 'refused', reason: strictReason(merge) };
}

function strictReason({ added, widened, conflicts, misspelt }: SchemaMerge): string {
  const beyond = [...added, ...misspelt.map(({ wanted }) => wanted)].map((place) => `there is no column ${place}`);
  const other = [...widened, ...conflicts].map(
    ({ place, held, wanted }) => `${place} is ${typeText(wanted)}, and the column ${typeText(held)}`,
  );
  return `${[...beyond, ...other].join('; ')}; table.schemaEvolution is strict`;
}

/** Of Protobuf, the message that the lane's columns are of; a schema without it adds nothing to them. */
function columnsOfRecords(
  format: BinaryParse['format'],
  schema: RegisteredSchema,
  pinned: PinnedSchema,
): readonly StructField[] {
  if (format !== 'protobuf') return schemaColumns(format, schema);
  const message = pinned.message ?? messageNameAt(pinned.text, [0]);
  if (protobufRoot(schema).lookup(message) === null) return [];
  return schemaColumns(format, { ...schema, message });
}

/** Would reading records as the pinned schema keep all their fields? */
export function readsAsPinned(format: BinaryParse['format'], schema: RegisteredSchema, pinned: PinnedSchema): boolean {
  return isCovered(mergeFields(schemaColumns(format, pinned), schemaColumns(format, schema)));
}

/** Are they the same but for further fields, and integers and decimals of other widths? Casts tell which values fit. */
export function differsInWidth(format: BinaryParse['format'], schema: RegisteredSchema, pinned: PinnedSchema): boolean {
  const { conflicts, misspelt, widened } = mergeFields(schemaColumns(format, pinned), schemaColumns(format, schema));
  return conflicts.length + misspelt.length === 0 && widened.every(({ held }) => held !== 'float');
}
