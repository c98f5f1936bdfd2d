/** Entry of a short-lived process: bundles the workflow code into the file that it is given. */
import { rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const [, , target] = process.argv;
if (target === undefined) throw new Error('the file to write is missing');

const ignore = (): void => undefined;
const { code } = await bundleWorkflowCode({
  workflowsPath: fileURLToPath(
    new URL(`../../workflows/index.${import.meta.url.split('.').at(-1) ?? 'ts'}`, import.meta.url),
  ),
  // The bundler reports its progress; what goes wrong is thrown.
  logger: { log: ignore, trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore },
});
// Whole or not at all, however many workers start at once.
const written = `${target}.${String(process.pid)}`;
await writeFile(written, code);
await rename(written, target);
