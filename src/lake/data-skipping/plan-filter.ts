import { z } from 'zod';
import { planConstant } from './plan-constant.ts';
import type { Comparison, RowFilter } from './row-filter.ts';

const unknown: RowFilter = { kind: 'unknown' };

const comparisons: Readonly<Record<string, Comparison>> = {
  COMPARE_EQUAL: '=',
  COMPARE_LESSTHAN: '<',
  COMPARE_LESSTHANOREQUALTO: '<=',
  COMPARE_GREATERTHAN: '>',
  COMPARE_GREATERTHANOREQUALTO: '>=',
};

/** A filter of one column, still without the column. */
export type ColumnFilter = (path: readonly string[]) => RowFilter;

/** A filter as plans have it; whatever is not understood is `unknown`. */
export const columnFilter: z.ZodType<ColumnFilter> = z
  .union([
    z
      .object({ filter_type: z.literal('CONSTANT_COMPARISON'), comparison_type: z.string(), constant: planConstant })
      .transform(({ comparison_type: type, constant: value }): ColumnFilter => {
        const operator = comparisons[type];
        return (path) => (operator === undefined ? unknown : { kind: 'compare', path, operator, value });
      }),
    z
      .object({ filter_type: z.literal('IN_FILTER'), values: z.array(planConstant) })
      .transform(({ values }): ColumnFilter => {
        return (path) => ({
          kind: 'or',
          filters: values.map((value) => ({ kind: 'compare', path, operator: '=', value })),
        });
      }),
    z
      .object({
        filter_type: z.enum(['CONJUNCTION_AND', 'CONJUNCTION_OR']),
        get child_filters() {
          return z.array(columnFilter);
        },
      })
      .transform(({ filter_type: type, child_filters: children }): ColumnFilter => {
        const kind = type === 'CONJUNCTION_AND' ? 'and' : 'or';
        return (path) => ({ kind, filters: children.map((child) => child(path)) });
      }),
    // What is optional follows from the rest of the statement.
    z
      .object({
        filter_type: z.literal('OPTIONAL_FILTER'),
        get child_filter() {
          return columnFilter;
        },
      })
      .transform(({ child_filter: child }) => child),
    z
      .object({
        filter_type: z.literal('STRUCT_EXTRACT'),
        child_name: z.string(),
        get child_filter() {
          return columnFilter;
        },
      })
      .transform(
        ({ child_name: name, child_filter: child }): ColumnFilter =>
          (path) =>
            child([...path, name]),
      ),
    z
      .object({
        filter_type: z.literal('EXPRESSION_FILTER'),
        expr: z.object({
          type: z.enum(['OPERATOR_IS_NULL', 'OPERATOR_IS_NOT_NULL']),
          children: z.tuple([z.object({ type: z.literal('BOUND_REF') })]),
        }),
      })
      .transform(({ expr }): ColumnFilter => {
        return (path) => ({ kind: expr.type === 'OPERATOR_IS_NULL' ? 'isNull' : 'isNotNull', path });
      }),
  ])
  .catch(() => () => unknown);
