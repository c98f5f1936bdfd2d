import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { foreignImports } from '../../decode/protobuf/protobuf-schema.ts';
import type { BinaryParse, PinnedSchema, SchemaReference, SchemaSource } from '../../model/job/binary-parse.ts';

/** The schema of a file, with the files that it imports; those are looked for beside it. */
export async function readSchemaFile(
  format: BinaryParse['format'],
  { path, message }: Extract<SchemaSource, { kind: 'file' }>,
): Promise<PinnedSchema> {
  if (format === 'protobuf' && isDescriptorSetFile(path)) {
    const text = await readFile(path, 'base64');
    return { text, isDescriptorSet: true, references: [], ...(message === undefined ? {} : { message }) };
  }
  const text = await readFile(path, 'utf8');
  if (format !== 'protobuf') return { text, references: [] };
  const references: SchemaReference[] = [];
  const wanted = [...foreignImports(text)];
  for (const name of wanted) {
    if (references.some((reference) => reference.name === name)) continue;
    const imported = await readFile(join(dirname(path), name), 'utf8');
    references.push({ name, text: imported });
    wanted.push(...foreignImports(imported));
  }
  return { text, references, ...(message === undefined ? {} : { message }) };
}

/** By the endings that are usual for what protoc and buf write. */
function isDescriptorSetFile(path: string): boolean {
  return /\.(desc|protoset|binpb|fds|pb)$/i.test(path);
}
