import type { z } from 'zod';
import type { Parsed } from '../../model/batch/offset-position.ts';
import { leaf } from './yaml-leaves.ts';

/** YAML's null is as good as the text: people write it without quotes. */
export function castFailureYaml(description: string): z.ZodType<'reject' | 'null'> {
  return leaf({ enum: ['reject', 'null', null], description }, (value): Parsed<'reject' | 'null'> => {
    if (value === 'reject') return { ok: true, value };
    return value === null || value === 'null'
      ? { ok: true, value: 'null' }
      : { ok: false, expected: 'one of reject, null' };
  });
}
