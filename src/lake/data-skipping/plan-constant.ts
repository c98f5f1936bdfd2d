import { z } from 'zod';
import type { ComparableValue } from './row-filter.ts';

/** Types whose values are whole numbers, days or microseconds. */
const integerTypes = [
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'DATE',
  'TIMESTAMP',
  'TIMESTAMP WITH TIME ZONE',
] as const;

const digits = z.string().regex(/^-?\d+$/);
/** Wide decimals are split over two words. */
const unscaled = z.union([
  z.number(),
  digits.transform(Number),
  z
    .object({ upper: z.coerce.bigint(), lower: z.coerce.bigint() })
    .transform(({ upper, lower }) => Number((upper << 64n) + lower)),
]);

/** A value as plans have it, read by `parseExactly`. Nulls, and types that are not compared, are none. */
export const planConstant: z.ZodType<ComparableValue> = z.union([
  z
    .object({
      type: z.object({ id: z.enum(integerTypes) }),
      is_null: z.literal(false),
      value: z.union([z.int(), digits]),
    })
    .transform(({ value }): ComparableValue => ({ kind: 'integer', value: BigInt(value) })),
  z
    .object({ type: z.object({ id: z.enum(['FLOAT', 'DOUBLE']) }), is_null: z.literal(false), value: z.number() })
    .transform(({ value }): ComparableValue => ({ kind: 'number', value })),
  z
    .object({
      type: z.object({ id: z.literal('DECIMAL'), type_info: z.object({ scale: z.int() }) }),
      is_null: z.literal(false),
      value: unscaled,
    })
    .transform(({ type, value }): ComparableValue => ({ kind: 'number', value: value / 10 ** type.type_info.scale })),
  z
    .object({ type: z.object({ id: z.literal('VARCHAR') }), is_null: z.literal(false), value: z.string() })
    .transform(({ value }): ComparableValue => ({ kind: 'text', value: Buffer.from(value) })),
]);
