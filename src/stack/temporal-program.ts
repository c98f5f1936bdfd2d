import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BronzeError } from '../errors.ts';
import { cachedFolder, exists } from './cache-folder.ts';
import { withFolderLock } from './folder-lock.ts';
import { withProgress } from './progress.ts';
import { findOnPath, lastLines, runCommand } from './run-command.ts';
import type { ProgramContext } from './server-kind.ts';

/** Server 1.29 and its Web UI. Later tags carry `replace` lines, which `go install` refuses. */
const temporalCliVersion = '1.5.1';

/** The `temporal` program on this machine. */
export interface TemporalProgram {
  readonly path: string;
  readonly origin: string;
}

/** `temporal` on PATH, else of the cache, else built with Go. */
export async function findTemporalProgram(context: ProgramContext): Promise<TemporalProgram> {
  const onPath = await findOnPath('temporal', context.env);
  if (onPath !== undefined) return { path: onPath, origin: `the temporal program on PATH (${onPath})` };
  const name = `temporal-${temporalCliVersion}`;
  const program = process.platform === 'win32' ? 'temporal.exe' : 'temporal';
  if (await exists(join(context.cache, name))) {
    return { path: join(context.cache, name, program), origin: `Temporal CLI ${temporalCliVersion} from the cache` };
  }
  const folder = await withFolderLock(
    join(context.cache, 'locks', name),
    1_800_000,
    () => context.log('Waiting for another process that builds Temporal …'),
    () => cachedFolder(context.cache, name, (staging) => buildWithGo(staging, program, context)),
  );
  return { path: join(folder, program), origin: `Temporal CLI ${temporalCliVersion} built with Go, now in the cache` };
}

async function buildWithGo(folder: string, program: string, context: ProgramContext): Promise<void> {
  const go = await findOnPath('go', context.env);
  if (go === undefined) {
    throw new BronzeError(
      'PREREQUISITE_MISSING',
      'Temporal is not here and Go, which builds it, is missing: install the Temporal CLI (brew install temporal, ' +
        'https://docs.temporal.io/cli), or Go (apt install golang, brew install go, https://go.dev/dl), or start a container ' +
        'engine (Docker), or set TEMPORAL_ADDRESS to a running Temporal.',
    );
  }
  const module = `github.com/temporalio/cli/cmd/temporal@v${temporalCliVersion}`;
  const outcome = await withProgress(
    `Building Temporal CLI ${temporalCliVersion} with Go (once; 4 to 5 minutes on two cores)`,
    context.log,
    () => runCommand(go, ['install', module], { cwd: folder, env: { ...context.env, GOBIN: join(folder, 'bin') } }),
  );
  if (outcome.exitCode !== 0) {
    throw new BronzeError(
      'PREREQUISITE_MISSING',
      `Go could not build ${module}; with no access to the Go module proxy, set GOPROXY, or install the Temporal CLI ` +
        `(https://docs.temporal.io/cli). The end of its output:\n${lastLines(outcome.output, 10)}`,
    );
  }
  await rename(join(folder, 'bin', program), join(folder, program));
  await rm(join(folder, 'bin'), { recursive: true });
}
