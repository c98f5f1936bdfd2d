/** The table property that names folders after partition values; its one value is `hive`. */
export const partitionFoldersProperty = 'kafkaBronze.partitionFolders';

/** Are the data files of a table with these properties in folders that are named after partition values? */
export function hasPartitionFolders(properties: Readonly<Record<string, string>>): boolean {
  return properties[partitionFoldersProperty] === 'hive';
}
