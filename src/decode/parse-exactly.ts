/** A JSON number as it was written: a double would lose digits, and whether there was a point. */
export class Numeral {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Node gives revivers the source of each primitive; its type declarations do not know that yet. */
type Reviver = (this: unknown, key: string, value: unknown, context: { readonly source: string }) => unknown;
const parse = JSON.parse as (text: string, reviver: Reviver) => unknown;

/** JSON with its numbers as `Numeral`. @throws SyntaxError. */
export function parseExactly(text: string): unknown {
  return parse(text, (_key, value, { source }) => (typeof value === 'number' ? new Numeral(source) : value));
}
