/**
 * The statistics of a data file once a deletion vector takes rows out of it: the same bounds, which need not be reached
 * any more, and the number of all rows, which the protocol requires there (PROTOCOL.md, Per-file Statistics). Numerals
 * stay as they are: a JavaScript number would lose digits.
 */
export function wideStats(stats: string | undefined, numRecords: number): string {
  const text = stats?.trim() ?? '{}';
  const known: unknown = JSON.parse(text);
  if (typeof known !== 'object' || known === null) return JSON.stringify({ numRecords, tightBounds: false });
  const untight = 'tightBounds' in known ? text.replace(/("tightBounds"\s*:\s*)true/, '$1false') : text;
  const added = [
    ...('numRecords' in known ? [] : [`"numRecords":${numRecords}`]),
    ...('tightBounds' in known ? [] : ['"tightBounds":false']),
  ];
  if (added.length === 0) return untight;
  const separator = Object.keys(known).length === 0 ? '' : ',';
  return `${untight.slice(0, -1)}${separator}${added.join(',')}}`;
}
