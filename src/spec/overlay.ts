import { formatPath, isMap, type DocumentPath } from './document-path.ts';

/** Where an overlay's value takes the place of the old one as a whole, although both are maps. */
const replacedWhole = new Set(['source.startingOffsets']);

/** Two ways to say one thing: an overlay with one of them drops the other. */
const alternatives: Readonly<Record<string, string>> = {
  'source.topics': 'topicPattern',
  'source.topicPattern': 'topics',
};

/**
 * Lays `upper` over `lower`: maps are merged key by key and keep their order, everything else is replaced, and `null`
 * takes a key away.
 */
export function overlay(lower: unknown, upper: unknown, path: DocumentPath = []): unknown {
  if (!isMap(lower) || !isMap(upper) || replacedWhole.has(formatPath(path))) return withoutNulls(upper);
  const merged = new Map(Object.entries(lower));
  for (const [key, value] of Object.entries(upper)) {
    const keyPath = [...path, key];
    const alternative = alternatives[formatPath(keyPath)];
    if (alternative !== undefined && value !== null) merged.delete(alternative);
    if (value === null || value === undefined) merged.delete(key);
    else merged.set(key, overlay(merged.get(key), value, keyPath));
  }
  return Object.fromEntries(merged);
}

function withoutNulls(value: unknown): unknown {
  if (!isMap(value)) return value;
  const kept = Object.entries(value).filter(([, item]) => item !== null && item !== undefined);
  return Object.fromEntries(kept.map(([key, item]) => [key, withoutNulls(item)]));
}
