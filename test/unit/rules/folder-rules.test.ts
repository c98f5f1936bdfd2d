import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { runCommand } from '../../../src/stack/run-command.ts';
import { projectRoot } from '../../../src/stack/project-root.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const configFile = join(projectRoot, '.dependency-cruiser.mjs');

test('imports that the folder rules forbid are caught, each by its rule', async () => {
  const violations = await violationsOf({
    'src/model/offset.ts': `import '../delta/commit.ts';`,
    'src/delta/commit.ts': `import type { Store } from '../storage/local-object-store.ts';\nexport type C = Store;`,
    'src/storage/local-object-store.ts': `export interface Store { readonly root: string }`,
    'src/ingest/plan.ts': `import { proxyActivities } from '@temporalio/workflow';\nexport const p = proxyActivities;`,
    'src/kafka/a.ts': `import { b } from './b.ts';\nexport const a = (): number => b();`,
    'src/kafka/b.ts': `import { a } from './a.ts';\nexport const b = (): number => a();`,
    'activities/contract.ts': `export const contract = 1;`,
    'workflows/job.ts': `import { readFile } from 'node:fs';\nimport { contract } from '../activities/contract.ts';\nexport const j = [readFile, contract];`,
    'src/lake/query.ts': `import '../../test/support/kafka.ts';`,
    'test/support/kafka.ts': `export {};`,
  });
  expect(violations).toEqual([
    'imports-of-src-delta: src/delta/commit.ts → src/storage/local-object-store.ts',
    'imports-of-src-lake: src/lake/query.ts → test/support/kafka.ts',
    'imports-of-src-model: src/model/offset.ts → src/delta/commit.ts',
    'no-circular: src/kafka/a.ts → src/kafka/b.ts',
    'temporal-at-the-edge: src/ingest/plan.ts → @temporalio/workflow',
    'tests-stay-out-of-the-product: src/lake/query.ts → test/support/kafka.ts',
    'workflow-contract-types-only: workflows/job.ts → activities/contract.ts',
    'workflows-stay-deterministic: workflows/job.ts → fs',
  ]);
});

test('imports that the folder rules allow pass', async () => {
  const violations = await violationsOf({
    'src/model/offset.ts': `export type Offset = string;`,
    'src/storage/object-store.ts': `export interface ObjectStore { readonly root: string }`,
    'src/delta/commit.ts': `import type { Offset } from '../model/offset.ts';\nimport type { ObjectStore } from '../storage/object-store.ts';\nexport type C = [Offset, ObjectStore];`,
    'activities/contract.ts': `export interface Contract { readonly a: number }`,
    'workflows/job.ts': `import type { Contract } from '../activities/contract.ts';\nexport type J = Contract;`,
    'src/cli/main.ts': `import type { C } from '../delta/commit.ts';\nexport type Main = C;`,
  });
  expect(violations).toEqual([]);
});

test('the rules are those of the table in docs/architecture.md', async () => {
  const text = await readFile(join(projectRoot, 'docs', 'architecture.md'), 'utf8');
  const rows = [...text.replaceAll('`', '').matchAll(/^\| ([^|\n]+) \|[^|\n]+\| ([^|\n]+) \|$/gm)];
  const documented = rows
    .map(([, folder = '', imports = '']) => [folder.trim(), imports.trim()] as const)
    .filter(([folder, imports]) => /^(src|activities|workflows)\//.test(folder) && imports !== 'anything')
    .map(([folder, imports]) => [folder, imports === 'nothing' ? [] : imports.split(', ')]);
  const { allowedImports } = configSchema.parse(await import(configFile));
  expect(Object.fromEntries(documented)).toEqual(allowedImports);
});

const configSchema = z.object({ allowedImports: z.record(z.string(), z.array(z.string())) });

const cruiseReport = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
});

/** What dependency-cruiser says of a project that consists of these files. */
async function violationsOf(files: Readonly<Record<string, string>>): Promise<string[]> {
  const project = await scratchFolder();
  for (const [path, text] of Object.entries({
    ...files,
    'tsconfig.json': '{}',
    'package.json': '{"type": "module"}',
  })) {
    await mkdir(dirname(join(project, path)), { recursive: true });
    await writeFile(join(project, path), text);
  }
  const program = join(projectRoot, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const folders = ['src', 'workflows', 'activities'];
  const { output } = await runCommand(
    process.execPath,
    [program, '--config', configFile, '--output-type', 'json', ...folders],
    { cwd: project },
  );
  const { violations } = cruiseReport.parse(JSON.parse(output)).summary;
  return violations
    .filter(({ rule }) => rule.name !== 'not-to-unresolvable')
    .map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)
    .sort();
}
