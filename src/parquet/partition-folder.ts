import type { StagedFile } from '../model/batch/staged-file.ts';

/**
 * The folder of partition values as Hive, and with it Spark, pandas and DuckDB, name it: `id=3/place=a%2Fb`. Escaped is
 * all that could be anything but itself in a path, a URL or a pattern; readers that know such folders decode it.
 */
export function partitionFolder(values: StagedFile['partitionValues']): string {
  return Object.entries(values)
    .map(([column, value]) => `${escaped(column)}=${value === null || value === '' ? nullFolder : escaped(value)}`)
    .join('/');
}

const nullFolder = '__HIVE_DEFAULT_PARTITION__';

function escaped(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** File systems take names of 255 bytes, and S3 keys of 1,024. */
const [longestName, longestFolder] = [255, 512];

/**
 * The folder of a new file: that of the day, and below it those of its partition values. The log alone says which values
 * a file has (PROTOCOL.md, Add File), but some readers take them from its path: polars does. Values of which a name would
 * be too long are left out.
 */
export function newFolder(day: string, values: StagedFile['partitionValues']): string {
  const folder = partitionFolder(values);
  const isLong = folder.length > longestFolder || folder.split('/').some((name) => name.length > longestName);
  return folder === '' || isLong ? day : `${day}/${folder}`;
}

/** Where a file goes that takes the place of another one: beside it where that is a folder of partition values. */
export function folderOfReplacement(path: string, otherwise: string): string {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  return /(^|\/)[^/=]+=[^/]*$/.test(folder) ? folder : otherwise;
}
