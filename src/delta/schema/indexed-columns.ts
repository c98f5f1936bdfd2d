import { z } from 'zod';
import { BronzeError } from '../../errors.ts';
import { physicalPath } from '../../model/table/column-mapping.ts';
import type { IndexedColumns } from '../../model/table/indexed-columns.ts';
import { columnMappingMode } from './column-mapping.ts';
import { jsonText } from '../json-text.ts';
import type { TableState } from '../table-state.ts';

/** Delta's default. */
const defaultLeafCount = 32;

/**
 * Which columns of a table have statistics: those that its properties `delta.dataSkippingStatsColumns` or
 * `delta.dataSkippingNumIndexedCols` say, and always those that it is clustered by (PROTOCOL.md, Clustered Table).
 * @throws BronzeError `TABLE_CORRUPT` naming `root` where the table does not say what it is clustered by.
 */
export function indexedColumnsOf(
  state: Pick<TableState, 'metaData' | 'schema' | 'domains'>,
  root: string,
): IndexedColumns {
  const { configuration } = state.metaData;
  const always = clusteringColumns(state.domains, root);
  const named = configuration['delta.dataSkippingStatsColumns'];
  if (named !== undefined) {
    const mode = columnMappingMode(state.metaData);
    return { only: [...columnPaths(named).map((path) => physicalPath(state.schema.fields, path, mode)), ...always] };
  }
  const first = leafCount(configuration);
  return always.length === 0 ? { first } : { first, always };
}

/** The same of a table that is not there yet. */
export function indexedColumnsFor(configuration: Readonly<Record<string, string>>): IndexedColumns {
  const named = configuration['delta.dataSkippingStatsColumns'];
  return named === undefined ? { first: leafCount(configuration) } : { only: columnPaths(named) };
}

function leafCount(configuration: Readonly<Record<string, string>>): number {
  const count = Number(configuration['delta.dataSkippingNumIndexedCols'] ?? defaultLeafCount);
  return Number.isSafeInteger(count) ? count : defaultLeafCount;
}

/** `a, b.c`, with backticks around names that hold commas or dots. */
function columnPaths(text: string): readonly (readonly string[])[] {
  const columns = text.match(/(?:`(?:[^`]|``)*`|[^,`])+/g) ?? [];
  return columns.map((column) =>
    (column.trim().match(/`(?:[^`]|``)*`|[^.`]+/g) ?? []).map((part) =>
      part.startsWith('`') ? part.slice(1, -1).replaceAll('``', '`') : part.trim(),
    ),
  );
}

const clusteringDomain = 'delta.clustering';
const clustering = jsonText(z.object({ clusteringColumns: z.array(z.array(z.string())) }));

/** By physical name. */
function clusteringColumns(domains: TableState['domains'], root: string): readonly (readonly string[])[] {
  const configuration = domains.get(clusteringDomain);
  if (configuration === undefined) return [];
  const parsed = clustering.safeParse(configuration);
  if (parsed.success) return parsed.data.clusteringColumns;
  throw new BronzeError(
    'TABLE_CORRUPT',
    `${root}: the metadata domain ${clusteringDomain} does not say by which columns: ${z.prettifyError(parsed.error)}`,
  );
}
