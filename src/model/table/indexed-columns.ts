/** Which columns have statistics. Columns are paths of their names in data files; a struct stands for all that is in it. */
export type IndexedColumns =
  | {
      /** So many leaves in the order of the schema; −1 is all. */
      readonly first: number;
      /** These too, wherever they stand. */
      readonly always?: readonly (readonly string[])[];
    }
  | { readonly only: readonly (readonly string[])[] };
