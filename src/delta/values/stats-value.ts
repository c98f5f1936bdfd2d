/** What parsed statistics hold at a path of names; `undefined` where they hold nothing there, or are none. */
export function statsValue(stats: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, name)
        ? (inner as Readonly<Record<string, unknown>>)[name]
        : undefined,
    stats,
  );
}
