import { join } from 'node:path';
import { ESLint } from 'eslint';
import { expect, test } from 'vitest';
import { projectRoot } from '../../../src/stack/project-root.ts';

const eslint = new ESLint({ cwd: projectRoot });

// The text is linted as if it stood in a file that exists, as typed rules need.
test('code that the rules forbid is refused', async () => {
  const code = `
    export function run(input) { return input; }
    export async function load(): Promise<any> { return 1; }
    export function start(kind: 'a' | 'b'): void {
      load();
      switch (kind) { case 'a': throw 'a string'; }
    }`;
  const rules = await brokenRules(code, 'src/errors.ts');
  for (const rule of [
    '@typescript-eslint/explicit-module-boundary-types',
    '@typescript-eslint/no-explicit-any',
    '@typescript-eslint/no-floating-promises',
    '@typescript-eslint/only-throw-error',
    '@typescript-eslint/switch-exhaustiveness-check',
  ]) {
    expect(rules).toContain(rule);
  }
});

test('workflow code may use nothing of Node', async () => {
  const code = `
    import { readFileSync } from 'node:fs';
    import { join } from 'path';
    export const home: unknown = [readFileSync, join, process.env['HOME']];`;
  const rules = await brokenRules(code, 'workflows/index.ts');
  expect(rules.filter((rule) => rule === 'no-restricted-imports')).toHaveLength(2);
  expect(rules).toContain('no-restricted-globals');
});

async function brokenRules(code: string, asFile: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: join(projectRoot, asFile) });
  return result?.messages.map(({ ruleId, message }) => ruleId ?? message) ?? [];
}
