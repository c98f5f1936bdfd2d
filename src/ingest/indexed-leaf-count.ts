/** How many leaf columns get statistics: `delta.dataSkippingNumIndexedCols`; Delta's default is the first 32. */
export function indexedLeafCount(properties: Readonly<Record<string, string>>): number {
  const count = Number(properties['delta.dataSkippingNumIndexedCols'] ?? 32);
  return Number.isSafeInteger(count) ? count : 32;
}
