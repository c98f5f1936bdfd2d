import { z } from 'zod';
import { parseExactly } from '../../delta/log/json-numeral.ts';
import { columnFilter } from './plan-filter.ts';
import type { RowFilter } from './row-filter.ts';

/** What a plan reads of a table. */
export interface TableScan {
  /** As DuckDB calls it. */
  readonly table: string;
  /** Holds for every row that the statement does not leave out at once. */
  readonly filter: RowFilter;
}

/** The scans of tables in a plan as `json_serialize_plan` prints it; `undefined` where there is none. */
export function readPlan(json: string): readonly TableScan[] | undefined {
  const { success, data } = serializedPlans.safeParse(exactly(json));
  return success ? data.plans.flatMap(scansOf) : undefined;
}

/** A plan with a NaN is no JSON. */
function exactly(json: string): unknown {
  try {
    return parseExactly(json);
  } catch {
    return undefined;
  }
}

interface PlanNode {
  readonly children: readonly PlanNode[];
  readonly scan?: TableScan;
}

const tableScan = z
  .object({
    type: z.literal('LOGICAL_GET'),
    function_data: z.object({ table: z.string() }),
    names: z.array(z.string()),
    /** Keys are indexes of `names`. */
    table_filters: z.object({ filters: z.array(z.object({ key: z.int(), value: columnFilter })) }),
  })
  .transform(({ function_data: { table }, names, table_filters: { filters } }): PlanNode => {
    const filterOf = ({ key, value }: (typeof filters)[number]): RowFilter => value(names.slice(key, key + 1));
    return { children: [], scan: { table, filter: { kind: 'and', filters: filters.map(filterOf) } } };
  });

const planNode: z.ZodType<PlanNode> = z.lazy(() => z.union([tableScan, z.object({ children: z.array(planNode) })]));

const serializedPlans = z.object({ error: z.literal(false), plans: z.tuple([planNode]) });

function scansOf({ scan, children }: PlanNode): TableScan[] {
  return [...(scan === undefined ? [] : [scan]), ...children.flatMap(scansOf)];
}
