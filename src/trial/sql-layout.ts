/** Text, names, comments, white space, and everything else by words and signs. */
const token = /'(?:[^']|'')*'|"(?:[^"]|"")*"|\$\$.*?\$\$|--[^\n]*\n?|\/\*.*?\*\/|\s+|\w+|[^\s\w]/gs;

/**
 * A nest of `SELECT a, b FROM (SELECT …)` with a line per column and per level, innermost deepest. Nothing but white
 * space between words is changed.
 */
export function layOutSql(sql: string): string {
  const parts = sql.match(token) ?? [];
  const open: ('query' | 'expression')[] = [];
  const newLine = (extra: number): string => {
    const depth = open.filter((kind) => kind === 'query').length;
    return `\n${'  '.repeat(depth + extra)}`;
  };
  let text = '';
  let gap = '';
  for (const [index, part] of parts.entries()) {
    if (/^\s/.test(part)) {
      gap ||= ' ';
      continue;
    }
    const inQuery = open.at(-1) !== 'expression';
    if ((part === ')' || part === ']') && open.pop() === 'query') gap = newLine(0);
    else if (inQuery && text !== '' && (part === 'SELECT' || part === 'FROM')) gap = newLine(0);
    text += gap + part;
    gap = '';
    if (part === '(') open.push(nextWord(parts, index) === 'SELECT' ? 'query' : 'expression');
    else if (part === '[') open.push('expression');
    else if (inQuery && (part === ',' || part === 'SELECT')) gap = newLine(1);
  }
  return text;
}

function nextWord(parts: readonly string[], index: number): string | undefined {
  const next = parts[index + 1];
  return next !== undefined && /^\s/.test(next) ? parts[index + 2] : next;
}
