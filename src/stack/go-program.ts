import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BronzeError } from '../errors.ts';
import { cachedFolder, exists } from './cache-folder.ts';
import { withFolderLock } from './folder-lock.ts';
import { withProgress } from './progress.ts';
import { findOnPath, lastLines, runCommand } from './run-command.ts';
import type { ProgramContext } from './server-kind.ts';

/** A server that Go builds from its module. */
export interface GoModule {
  /** What people call it, e.g. `Temporal CLI`. */
  readonly title: string;
  /** The name of the program, which is also the last part of the package's path. */
  readonly program: string;
  readonly package: string;
  /** As `go install` takes it. */
  readonly version: string;
  /** As people and the cache's folders name it. */
  readonly shortVersion: string;
  /** How to come by the program in other ways, to be read after "or". */
  readonly alternatives: string;
}

/** A program on this machine. */
export interface FoundProgram {
  readonly path: string;
  readonly origin: string;
}

/** The program on PATH, else of the cache, else built with Go. */
export async function findGoProgram(module: GoModule, context: ProgramContext): Promise<FoundProgram> {
  const onPath = await findOnPath(module.program, context.env);
  if (onPath !== undefined) return { path: onPath, origin: `the ${module.program} program on PATH (${onPath})` };
  const name = `${module.program}-${module.shortVersion}`;
  const program = process.platform === 'win32' ? `${module.program}.exe` : module.program;
  const titled = `${module.title} ${module.shortVersion}`;
  if (await exists(join(context.cache, name))) {
    return { path: join(context.cache, name, program), origin: `${titled} from the cache` };
  }
  const folder = await withFolderLock(
    join(context.cache, 'locks', name),
    1_800_000,
    () => context.log(`Waiting for another process that builds ${module.title} …`),
    () => cachedFolder(context.cache, name, (staging) => buildWithGo(module, staging, program, context)),
  );
  return { path: join(folder, program), origin: `${titled} built with Go, now in the cache` };
}

async function buildWithGo(module: GoModule, folder: string, program: string, context: ProgramContext): Promise<void> {
  const go = await findOnPath('go', context.env);
  if (go === undefined) {
    throw new BronzeError(
      'PREREQUISITE_MISSING',
      `${module.title} is not here and Go, which builds it, is missing: install Go (apt install golang, brew install go, ` +
        `https://go.dev/dl), or ${module.alternatives}.`,
    );
  }
  const target = `${module.package}@${module.version}`;
  const outcome = await withProgress(
    `Building ${module.title} ${module.shortVersion} with Go (once; 4 to 5 minutes on two cores)`,
    context.log,
    () => runCommand(go, ['install', target], { cwd: folder, env: { ...context.env, GOBIN: join(folder, 'bin') } }),
  );
  if (outcome.exitCode !== 0) {
    throw new BronzeError(
      'PREREQUISITE_MISSING',
      `Go could not build ${target}; with no access to the Go module proxy, set GOPROXY, or ${module.alternatives}. ` +
        `The end of its output:\n${lastLines(outcome.output, 10)}`,
    );
  }
  await rename(join(folder, 'bin', program), join(folder, program));
  await rm(join(folder, 'bin'), { recursive: true });
}
