import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect, test } from 'vitest';
import { errorDocs } from '../../../scripts/error-docs.ts';

const file = join(import.meta.dirname, '..', '..', '..', 'docs', 'errors.md');

test('docs/errors.md is what the codes say (npm run error-docs)', async () => {
  const options = await resolveConfig(file);
  expect(readFileSync(file, 'utf8')).toBe(await format(errorDocs(), { ...options, filepath: file }));
});
