/** `"name"`, with quotes inside doubled: a column or view name in SQL. */
export function sqlName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `'text'`, with quotes inside doubled. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
