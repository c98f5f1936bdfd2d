/** Where a value stands in a job document: keys, and indexes of lists. */
export type DocumentPath = readonly (string | number)[];

/** `source.topics[0]`, `table.properties["delta.appendOnly"]`. */
export function formatPath(path: DocumentPath): string {
  const text = path
    .map((step) =>
      typeof step === 'number' ? `[${step}]` : /^[\w-]+$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`,
    )
    .join('');
  return text.replace(/^\./, '');
}

/** Is it a map (a YAML mapping), and no list? */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path; `undefined` when there is none. */
export function valueAt(root: unknown, path: DocumentPath): unknown {
  let value = root;
  for (const step of path) {
    if (Array.isArray(value)) value = typeof step === 'number' ? value[step] : undefined;
    else if (isMap(value)) value = Object.hasOwn(value, String(step)) ? value[String(step)] : undefined;
    else return undefined;
  }
  return value;
}

/** Does the path begin with `start`? */
export function startsWithPath(path: DocumentPath, start: DocumentPath): boolean {
  return start.every((step, index) => path[index] === step);
}
