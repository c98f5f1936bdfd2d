import { isMap, type DocumentPath } from './document-path.ts';
import type { Environment } from './environment.ts';
import type { ReportProblem } from './spec-problem.ts';

/** A text that is nothing but a reference without a default, such as `${KAFKA_PASSWORD}`. */
export function isReference(text: string): boolean {
  return /^\$\{[A-Za-z_]\w*\}$/.test(text);
}

interface Interpolation {
  readonly env: Environment;
  /** Values that stay as they are written. */
  readonly keeps: (path: DocumentPath) => boolean;
  readonly report: ReportProblem;
}

/**
 * Fills in `${VAR}` and `${VAR:-default}` in every text of a document; the default also stands in for an empty variable,
 * as in a shell, and may hold references itself. `$$` is one `$`; any other `$` stays. Keys are left alone, and what a
 * variable holds is not read again.
 */
export function interpolate(value: unknown, options: Interpolation, path: DocumentPath = []): unknown {
  if (options.keeps(path)) return value;
  if (typeof value === 'string') return interpolateText(value, options, path);
  if (Array.isArray(value)) return value.map((item: unknown, index) => interpolate(item, options, [...path, index]));
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, interpolate(item, options, [...path, key])]),
  );
}

function interpolateText(text: string, options: Interpolation, path: DocumentPath): string {
  let result = '';
  let position = 0;
  while (position < text.length) {
    if (text.startsWith('$$', position)) {
      result += '$';
      position += 2;
    } else if (text.startsWith('${', position)) {
      const end = closingBrace(text, position + 2);
      if (end === undefined) {
        options.report(path, `\`${text.slice(position)}\` has no closing brace; write $$ for a dollar sign`);
        return result;
      }
      result += resolveReference(text.slice(position + 2, end), options, path);
      position = end + 1;
    } else {
      result += text.charAt(position);
      position += 1;
    }
  }
  return result;
}

function resolveReference(reference: string, options: Interpolation, path: DocumentPath): string {
  const match = /^([A-Za-z_]\w*)(?::-(.*))?$/s.exec(reference);
  if (!match) {
    options.report(path, `\`\${${reference}}\` is no reference; expected \${NAME} or \${NAME:-default}`);
    return '';
  }
  const [, name = '', fallback] = match;
  const value = options.env[name];
  if (fallback !== undefined)
    return value === undefined || value === '' ? interpolateText(fallback, options, path) : value;
  if (value !== undefined) return value;
  options.report(path, `the environment variable ${name} is not set; set it, or write \${${name}:-default}`);
  return '';
}

/** Where the reference ends; braces in a default pair up, as in `${TABLE:-bronze_{topic}}`. */
function closingBrace(text: string, start: number): number | undefined {
  let open = 1;
  for (let position = start; position < text.length; position += 1) {
    if (text[position] === '{') open += 1;
    if (text[position] === '}') open -= 1;
    if (open === 0) return position;
  }
  return undefined;
}
