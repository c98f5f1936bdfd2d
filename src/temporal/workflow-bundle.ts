import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/**
 * The workflow code as one script. It is bundled once for each state of the sources, in a process of its own: the
 * bundler takes 150 MB that a worker would keep.
 */
export async function loadWorkflowBundle(): Promise<{ readonly codePath: string }> {
  const folder = join(root, 'node_modules', '.cache', 'kafka-bronze');
  const codePath = join(folder, `workflows-${await digestOfSources()}.js`);
  if (!existsSync(codePath)) {
    await mkdir(folder, { recursive: true });
    await run(process.execPath, [
      fileURLToPath(new URL(`build-workflow-bundle.${extension}`, import.meta.url)),
      codePath,
    ]);
  }
  return { codePath };
}

/** Of everything that the bundle is made of: our sources, and the version of the SDK. */
async function digestOfSources(): Promise<string> {
  const digest = createHash('sha256').update(await sdkVersion());
  for (const folder of ['workflows', 'src/model']) {
    const names = await readdir(join(root, folder), { recursive: true });
    const files = names.filter((name) => name.endsWith(`.${extension}`)).sort();
    for (const name of files) digest.update(name).update(await readFile(join(root, folder, name)));
  }
  return digest.digest('hex').slice(0, 16);
}

async function sdkVersion(): Promise<string> {
  const entry = createRequire(import.meta.url).resolve('@temporalio/workflow');
  return readFile(join(dirname(dirname(entry)), 'package.json'), 'utf8');
}
