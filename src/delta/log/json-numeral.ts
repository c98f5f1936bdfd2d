/**
 * JSON numbers beyond 2^53 without loss: written from decimal digits, read as the digits that stand in the text.
 * ECMAScript's `JSON.rawJSON` and source text access, which TypeScript's libraries do not declare yet.
 */
const json = JSON as unknown as {
  rawJSON(text: string): object;
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
  ): unknown;
};

/** A value that `JSON.stringify` prints as exactly these digits. */
export function rawNumeral(digits: `${bigint}`): object {
  return json.rawJSON(digits);
}

/** Parses JSON; integers that a double cannot hold become strings of their digits. */
export function parseExactly(text: string): unknown {
  return json.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source)
      ? source
      : value,
  );
}
