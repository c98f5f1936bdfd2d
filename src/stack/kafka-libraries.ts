import { readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BronzeError } from '../errors.ts';
import { cachedFolder, exists } from './cache-folder.ts';
import { withFolderLock } from './folder-lock.ts';
import { withProgress } from './progress.ts';
import { findOnPath, lastLines, runCommand } from './run-command.ts';
import type { ProgramContext } from './server-kind.ts';

const kafkaVersion = '4.1.0';

/** Kafka's jars on this machine. */
export interface KafkaLibraries {
  readonly folder: string;
  readonly origin: string;
}

/** Kafka 4 of an installation (KAFKA_HOME, or its scripts on PATH), else of the cache, else from Maven Central. */
export async function findKafkaLibraries(context: ProgramContext): Promise<KafkaLibraries> {
  return (await installedLibraries(context.env)) ?? (await cachedLibraries(context));
}

async function installedLibraries(env: NodeJS.ProcessEnv): Promise<KafkaLibraries | undefined> {
  const script = (await findOnPath('kafka-server-start.sh', env)) ?? (await findOnPath('kafka-server-start', env));
  const homes = [env['KAFKA_HOME'], script === undefined ? undefined : dirname(dirname(script))];
  for (const home of homes) {
    if (home === undefined || home === '') continue;
    for (const folder of [join(home, 'libs'), join(home, 'libexec', 'libs')]) {
      const version = await kafkaVersionIn(folder);
      // The configuration is Kafka 4's; an older installation stays the user's own affair.
      if (version?.startsWith('4.')) return { folder, origin: `Kafka ${version} of ${home}` };
    }
  }
  return undefined;
}

async function kafkaVersionIn(folder: string): Promise<string | undefined> {
  const files = await readdir(folder).catch(() => []);
  return files.map((file) => /^kafka_2\.\d+-([\d.]+)\.jar$/.exec(file)?.[1]).find((version) => version !== undefined);
}

async function cachedLibraries(context: ProgramContext): Promise<KafkaLibraries> {
  const name = `kafka-${kafkaVersion}`;
  if (await exists(join(context.cache, name))) {
    return { folder: join(context.cache, name, 'libs'), origin: `Kafka ${kafkaVersion} from the cache` };
  }
  const folder = await withFolderLock(
    join(context.cache, 'locks', name),
    600_000,
    () => context.log('Waiting for another process that fetches Kafka …'),
    () => cachedFolder(context.cache, name, (staging) => fetchWithMaven(staging, context)),
  );
  return { folder: join(folder, 'libs'), origin: `Kafka ${kafkaVersion} from Maven Central, now in the cache` };
}

async function fetchWithMaven(folder: string, context: ProgramContext): Promise<void> {
  const maven = await findOnPath('mvn', context.env);
  if (maven === undefined) {
    throw new BronzeError(
      'PREREQUISITE_MISSING',
      `Kafka ${kafkaVersion} is not here and Apache Maven, which fetches it, is missing: install Maven (apt install maven, ` +
        'brew install maven, https://maven.apache.org), or Kafka 4 itself (brew install kafka, or KAFKA_HOME), or start a ' +
        'container engine (Docker), or set KAFKA_BOOTSTRAP_SERVERS to a running Kafka.',
    );
  }
  await writeFile(join(folder, 'pom.xml'), pom());
  const outcome = await withProgress(`Fetching Kafka ${kafkaVersion} with Maven (about 45 MB)`, context.log, () =>
    runCommand(
      maven,
      [
        '-q',
        '-B',
        'dependency:copy-dependencies',
        `-DoutputDirectory=${join(folder, 'libs')}`,
        '-DincludeScope=runtime',
      ],
      { cwd: folder, env: context.env },
    ),
  );
  if (outcome.exitCode !== 0) {
    throw new BronzeError(
      'PREREQUISITE_MISSING',
      `Maven could not fetch Kafka ${kafkaVersion}; with no access to Maven Central, name a mirror in ~/.m2/settings.xml. ` +
        `The end of its output:\n${lastLines(outcome.output, 10)}`,
    );
  }
}

/** kafka-tools holds classes that the storage tool needs; slf4j-simple prints Kafka's warnings and errors. */
function pom(): string {
  const dependencies = [
    ['org.apache.kafka', 'kafka_2.13', kafkaVersion],
    ['org.apache.kafka', 'kafka-tools', kafkaVersion],
    ['org.slf4j', 'slf4j-simple', '1.7.36'],
  ].map(
    ([groupId, artifactId, version]) =>
      `    <dependency><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></dependency>`,
  );
  return `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>kafka-bronze</groupId>
  <artifactId>local-kafka</artifactId>
  <version>1</version>
  <build>
    <pluginManagement>
      <plugins>
        <plugin><artifactId>maven-dependency-plugin</artifactId><version>3.8.1</version></plugin>
      </plugins>
    </pluginManagement>
  </build>
  <dependencies>
${dependencies.join('\n')}
  </dependencies>
</project>
`;
}
