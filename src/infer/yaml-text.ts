/** A text as YAML, in quotes where it could be read as something else. A `$` would begin a variable. */
export function scalar(text: string): string {
  const isPlain =
    /^[\p{L}_][\p{L}\p{N}_.,()<>/ -]*$/u.test(text) && !/^(null|true|false|yes|no|on|off|y|n)$/i.test(text);
  return isPlain && !text.endsWith(' ') ? text : JSON.stringify(text).replaceAll('$', '$$$$');
}

/** A key as YAML; keys hold no variables. */
export function key(name: string): string {
  const isPlain = /^[\p{L}_][\p{L}\p{N}_.-]*$/u.test(name) && !/^(null|true|false|yes|no|on|off|y|n)$/i.test(name);
  return isPlain ? name : JSON.stringify(name);
}
