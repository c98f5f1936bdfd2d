/** A JSON document as it is written: numbers keep their digits, objects their order and keys that occur twice. */
export type JsonTree =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'number'; readonly numeral: string }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'array'; readonly items: readonly JsonTree[] }
  | { readonly kind: 'object'; readonly entries: readonly JsonEntry[] };

export type JsonEntry = readonly [name: string, value: JsonTree];

/** Ways to write the same document. */
export interface JsonStyle {
  readonly space: string;
  readonly escapesAll: boolean;
}

export function jsonText(tree: JsonTree, style: JsonStyle): string {
  const { space } = style;
  switch (tree.kind) {
    case 'null':
      return 'null';
    case 'boolean':
      return String(tree.value);
    case 'number':
      return tree.numeral;
    case 'string':
      return stringText(tree.value, style);
    case 'array':
      return `[${space}${tree.items.map((item) => jsonText(item, style)).join(`${space},${space}`)}${space}]`;
    case 'object': {
      const entries = tree.entries.map(
        ([name, value]) => `${stringText(name, style)}${space}:${space}${jsonText(value, style)}`,
      );
      return `{${space}${entries.join(`${space},${space}`)}${space}}`;
    }
  }
}

function stringText(text: string, { escapesAll }: JsonStyle): string {
  if (!escapesAll) return JSON.stringify(text);
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return `"${units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')}"`;
}
