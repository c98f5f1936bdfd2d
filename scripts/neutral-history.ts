import { historyToJSON, type History } from '@temporalio/common/lib/proto-utils.js';

/** What a history says of the machine it was recorded on, and what it shall say instead; the first that fits wins. */
export type Replacements = readonly (readonly [recorded: string, neutral: string])[];

/** A history as a JSON document, the texts inside of its payloads included. */
export function neutralHistory(history: History, replacements: Replacements): unknown {
  return neutral(JSON.parse(historyToJSON(history)), replacements);
}

function neutral(value: unknown, replacements: Replacements): unknown {
  if (typeof value === 'string') return replaceAll(value, replacements);
  if (Array.isArray(value)) return value.map((item) => neutral(item, replacements));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const isPayload = entries.some(([name]) => name === 'metadata') && entries.some(([name]) => name === 'data');
  return Object.fromEntries(
    entries.map(([name, inner]) => {
      if (name === 'identity') return [name, 'worker'];
      if (isPayload && name === 'data' && typeof inner === 'string') return [name, neutralBase64(inner, replacements)];
      return [name, neutral(inner, replacements)];
    }),
  );
}

function neutralBase64(data: string, replacements: Replacements): string {
  const text = Buffer.from(data, 'base64').toString('utf8');
  return Buffer.from(replaceAll(text, replacements), 'utf8').toString('base64');
}

function replaceAll(text: string, replacements: Replacements): string {
  return replacements.reduce((replaced, [from, to]) => replaced.replaceAll(from, to), text);
}
