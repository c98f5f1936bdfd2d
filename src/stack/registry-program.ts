import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BronzeError } from '../errors.ts';
import { cachedFolder, exists } from './cache-folder.ts';
import { withFolderLock } from './folder-lock.ts';
import { withProgress } from './progress.ts';
import { findOnPath, lastLines, runCommand, type CommandOutcome } from './run-command.ts';
import type { ProgramContext } from './server-kind.ts';

/** The last line of releases that runs on Java 17. */
const registryVersion = '3.0.9';

/** The plugin's release that fetches an archive whose parent POM is not published; newer ones look for that first. */
const dependencyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:2.8';

export const registryJar = `apicurio-registry-app-${registryVersion}-runner.jar`;

export interface RegistryProgram {
  readonly folder: string;
  readonly origin: string;
}

/** Apicurio Registry of the cache, else from Maven Central. */
export async function findRegistryProgram(context: ProgramContext): Promise<RegistryProgram> {
  const name = `apicurio-registry-${registryVersion}`;
  const origin = `Apicurio Registry ${registryVersion}`;
  if (await exists(join(context.cache, name))) {
    return { folder: join(context.cache, name), origin: `${origin} from the cache` };
  }
  const folder = await withFolderLock(
    join(context.cache, 'locks', name),
    600_000,
    () => context.log('Waiting for another process that fetches Apicurio Registry …'),
    () => cachedFolder(context.cache, name, (staging) => fetchWithMaven(staging, context)),
  );
  return { folder, origin: `${origin} from Maven Central, now in the cache` };
}

async function fetchWithMaven(folder: string, context: ProgramContext): Promise<void> {
  const maven = await findOnPath('mvn', context.env);
  if (maven === undefined) {
    throw new BronzeError(
      'PREREQUISITE_MISSING',
      'Apicurio Registry is not here and Apache Maven, which fetches it, is missing: install Maven (apt install maven, ' +
        'brew install maven, https://maven.apache.org), or start a container engine (Docker), or set SCHEMA_REGISTRY_URL ' +
        'to a running Schema Registry.',
    );
  }
  // A repository of its own: the archive is of no use to anybody else, and is not to be kept twice.
  const repository = join(folder, 'repository');
  const artifact = `io.apicurio:apicurio-registry-app:${registryVersion}:tar.gz:all`;
  await withProgress('Fetching Apicurio Registry with Maven (about 100 MB)', context.log, async () => {
    const fetch = [`-Dartifact=${artifact}`, '-Dtransitive=false', `-Dmaven.repo.local=${repository}`];
    const options = { cwd: folder, env: context.env };
    checkOutcome(await runCommand(maven, ['-q', '-B', `${dependencyPlugin}:get`, ...fetch], options));
    const version = join(repository, 'io', 'apicurio', 'apicurio-registry-app', registryVersion);
    const archive = (await readdir(version)).find((file) => file.endsWith('.tar.gz')) ?? '';
    checkOutcome(await runCommand('tar', ['-xzf', join(version, archive), '-C', folder], options));
  });
  await rm(repository, { recursive: true });
}

function checkOutcome({ exitCode, output }: CommandOutcome): void {
  if (exitCode === 0) return;
  throw new BronzeError(
    'PREREQUISITE_MISSING',
    `Maven could not fetch Apicurio Registry ${registryVersion}; with no access to Maven Central, name a mirror in ` +
      `~/.m2/settings.xml. The end of its output:\n${lastLines(output, 10)}`,
  );
}
