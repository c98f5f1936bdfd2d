import { formatPath, isMap, type DocumentPath } from './document-path.ts';

/** Where an overlay's value takes the place of the old one as a whole, although both are maps. */
const replacedWhole = new Set(['source.startingOffsets']);

/** Where null is a value, and takes nothing away. */
const nullable = new Set(['steps.parse.onCastFailure', 'steps.parse.key.onFailure']);

/** Two ways to say one thing: an overlay with one of them drops the other. */
const alternatives: Readonly<Record<string, string>> = {
  'source.topics': 'topicPattern',
  'source.topicPattern': 'topics',
};

/**
 * Lays `upper` over `lower`: maps are merged key by key and keep their order, a null takes away a key that is there, and
 * everything else is replaced.
 */
export function overlay(lower: unknown, upper: unknown, path: DocumentPath = []): unknown {
  if (!isMap(lower) || !isMap(upper) || replacedWhole.has(formatPath(path))) return upper;
  const merged = new Map(Object.entries(lower));
  for (const [key, value] of Object.entries(upper)) {
    const keyPath = [...path, key];
    const alternative = alternatives[formatPath(keyPath)];
    if (alternative !== undefined && isSet(value) && !isSet(upper[alternative])) merged.delete(alternative);
    const removes = value === null && merged.has(key) && !nullable.has(formatPath(keyPath));
    if (removes) merged.delete(key);
    else if (value !== undefined) merged.set(key, overlay(merged.get(key), value, keyPath));
  }
  return Object.fromEntries(merged);
}

function isSet(value: unknown): boolean {
  return value !== null && value !== undefined;
}
