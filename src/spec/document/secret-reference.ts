import type { z } from 'zod';
import { isReference } from './interpolate.ts';
import { leaf } from '../yaml/yaml-leaves.ts';

/** A value that the file may only point to, so that it gets into no repository, log or workflow history. */
export function secretReference(description: string, example = '${KAFKA_PASSWORD}'): z.ZodType<string> {
  const json = { type: 'string', pattern: String.raw`^\$\{[A-Za-z_]\w*\}$`, description };
  return leaf(json, (value) =>
    typeof value === 'string' && isReference(value)
      ? { ok: true, value }
      : { ok: false, expected: `a reference such as ${example}, never the secret itself` },
  );
}
