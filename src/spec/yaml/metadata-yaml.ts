import type { z } from 'zod';
import { isMetadataSource, metadataTypes, type MetadataSource } from '../../model/job/metadata-source.ts';
import { expectedOneOf, leaf, reference, type EditorHints } from './yaml-leaves.ts';

const contents = Object.keys(metadataTypes);
const described = [...contents, 'header.<name>', 'headerBytes.<name>'];

/** What a metadata column holds: a content by its name, or a header by its own. */
export function metadataContent(hints: EditorHints): z.ZodType<MetadataSource> {
  const header = { type: 'string', pattern: String.raw`^header(Bytes)?\..` };
  return leaf({ anyOf: [{ enum: contents }, header, reference], ...hints }, (value) =>
    typeof value === 'string' && isMetadataSource(value)
      ? { ok: true, value }
      : { ok: false, expected: expectedOneOf(described, value) },
  );
}
