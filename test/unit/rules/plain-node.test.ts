import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../../../src/stack/project-root.ts';

/** Node runs the product from its sources; what runs the tests takes more of TypeScript and JavaScript than Node does. */
test('Node can run every file of the product as it is', { timeout: 60_000 }, () => {
  const files = globSync('{src,activities,workflows}/**/*.ts', { cwd: projectRoot });
  expect(files.length).toBeGreaterThan(100);
  const refused = files.flatMap((file) => {
    try {
      stripTypeScriptTypes(readFileSync(join(projectRoot, file), 'utf8'));
      return [];
    } catch (error) {
      return [`${file}: ${String(error)}`];
    }
  });
  expect(refused).toEqual([]);
});
