import protobuf from 'protobufjs';
import type { PinnedSchema } from '../../model/job/binary-parse.ts';
import { descriptorSetRoot, firstMessageOf } from './descriptor-set.ts';

/** Names as the .proto file has them: the library would make camel case of them. */
const options = { keepCase: true } as const;

/** @throws Error with what is wrong with the schema. */
export function protobufRoot({ text, references, isDescriptorSet }: Omit<PinnedSchema, 'message'>): protobuf.Root {
  if (isDescriptorSet === true) return descriptorSetRoot(text);
  const root = new protobuf.Root();
  const imported = [text, ...references.map((reference) => reference.text)].flatMap((source) => {
    const { imports = [], weakImports = [] } = protobuf.parse(source, root, options);
    return [...imports, ...weakImports];
  });
  for (const name of new Set(imported)) {
    const wellKnown = isGiven(name, references) ? null : protobuf.common.get(name);
    if (wellKnown?.nested) root.addJSON(wellKnown.nested);
  }
  root.resolveAll();
  return root;
}

/** What a file imports and the library does not bring itself. @throws Error where the text is no .proto file. */
export function foreignImports(text: string): readonly string[] {
  const { imports = [], weakImports = [] } = protobuf.parse(text, new protobuf.Root(), options);
  return [...imports, ...weakImports].filter((name) => protobuf.common.get(name) === null);
}

function isGiven(name: string, references: PinnedSchema['references']): boolean {
  return references.some((reference) => reference.name === name);
}

/**
 * The full name of a message of the file by its place, as Confluent's wire format gives it: the index among the
 * messages of the file, then among those within that one, and so on. @throws RangeError where there is none.
 */
export function messageNameAt(text: string, indexes: readonly number[]): string {
  const root = new protobuf.Root();
  const { package: packageName } = protobuf.parse(text, root, options);
  let scope: protobuf.NamespaceBase = packageName === undefined ? root : root.define(packageName);
  for (const index of indexes) {
    const messages = scope.nestedArray.filter((nested): nested is protobuf.Type => nested instanceof protobuf.Type);
    const message = messages[index];
    if (message === undefined) throw new RangeError(`its schema has no message at place ${indexes.join('.')}`);
    scope = message;
  }
  return scope.fullName.slice(1);
}

/** @throws Error where the schema has no such message. */
export function messageType(schema: PinnedSchema): protobuf.Type {
  const { text, message, isDescriptorSet } = schema;
  const name = message ?? (isDescriptorSet === true ? firstMessageOf(text) : messageNameAt(text, [0]));
  return protobufRoot(schema).lookupType(name);
}

/** Does a field without a value on the wire have none? Else it has its type's zero (Protobuf, Field Presence). */
export function tracksPresence(field: protobuf.Field): boolean {
  return field.resolvedType instanceof protobuf.Type || field.hasPresence;
}

/** `Timestamp` for google.protobuf.Timestamp, and so on. */
export function wellKnownName(type: protobuf.Type): string | undefined {
  return /^\.google\.protobuf\.(\w+)$/.exec(type.fullName)?.[1];
}

export function isWrapper(name: string | undefined): boolean {
  return name !== undefined && /^(Double|Float|U?Int(32|64)|Bool|String|Bytes)Value$/.test(name);
}
