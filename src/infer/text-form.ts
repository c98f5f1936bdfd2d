/** What a text looks like. `otherTime` is a time in a form that columns do not read. */
export type TextForm = 'date' | 'zonedTime' | 'localTime' | 'otherTime' | 'uuid' | 'number' | 'plain';

const day = String.raw`(?!0000)\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])`;
const clock = String.raw`([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?`;

/** The first that matches counts. */
const patterns: readonly (readonly [TextForm, RegExp])[] = [
  ['date', new RegExp(`^${day}$`)],
  ['zonedTime', new RegExp(String.raw`^${day}[T ]${clock}(Z|[+-]\d\d:\d\d)$`)],
  ['localTime', new RegExp(`^${day}[T ]${clock}$`)],
  [
    'otherTime',
    /^(\d{4}\/\d\d\/\d\d|\d\d?[./-]\d\d?[./-]\d{4}|\d{8}T\d{4,6}|[A-Z][a-z]{2}, \d\d? [A-Z][a-z]{2} \d{4})/,
  ],
  ['uuid', /^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/i],
  ['number', /^-?(0|[1-9]\d*)(\.\d+)?$/],
];

export function textForm(text: string): TextForm {
  return patterns.find(([, pattern]) => pattern.test(text))?.[0] ?? 'plain';
}
