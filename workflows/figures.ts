/** Figures for people, without a locale's help: workflow code must give the same text everywhere. */

/** 1234567 → `1,234,567` */
export function count(value: number | bigint): string {
  return String(value).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** `850 ms`, `12.3 s`, `4 min 5 s` */
export function duration(durationMs: number): string {
  if (durationMs < 1000) return `${String(Math.round(durationMs))} ms`;
  if (durationMs < 60_000) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  return `${count(Math.floor(seconds / 60))} min ${String(seconds % 60)} s`;
}

/** `12.3 MB`, in powers of 1,000 */
export function size(sizeBytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = sizeBytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(sizeBytes) / 3));
  return `${power === 0 ? String(sizeBytes) : (sizeBytes / 1000 ** power).toFixed(1)} ${units[power] ?? ''}`;
}

/** `2026-01-27T16:52:48.275Z` → `2026-01-27 16:52:48Z`: short enough for a cell. */
export function instant(iso: string): string {
  return iso.replace('T', ' ').replace(/\.\d+Z$/, 'Z');
}

export function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').slice(0, 300);
}
