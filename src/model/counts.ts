/** How many there are of each; names are of any kind, `__proto__` too. */
export type Counts = Readonly<Record<string, number>>;

export function addCounts(left: Counts, right: Counts): Counts {
  const sum = new Map(Object.entries(left));
  for (const [name, count] of Object.entries(right)) sum.set(name, (sum.get(name) ?? 0) + count);
  return Object.fromEntries(sum);
}
