import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BronzeError } from '../../src/errors.ts';
import { cachedFolder, cacheFolder, exists } from '../../src/stack/cache-folder.ts';
import { withFolderLock } from '../../src/stack/folder-lock.ts';
import { findOnPath, lastLines, runCommand } from '../../src/stack/run-command.ts';

/** What a Spark job of the bench or of a conformance test is run with. */
export interface SparkEnvironment {
  /** The Python that has pyspark and delta-spark. */
  readonly python: string;
  /** Paths of the jars that Spark needs beyond its own, for `spark.jars`. */
  readonly jars: readonly string[];
}

export type SparkEnvironmentResult =
  | { readonly kind: 'ready'; readonly environment: SparkEnvironment }
  | { readonly kind: 'unavailable'; readonly reason: string };

const sparkVersion = '4.0.0';
const deltaVersion = '4.0.0';

/** Exactly these; what they need besides comes with pyspark. */
const jarCoordinates = [
  `org.apache.spark:spark-sql-kafka-0-10_2.13:${sparkVersion}`,
  `org.apache.spark:spark-token-provider-kafka-0-10_2.13:${sparkVersion}`,
  'org.apache.kafka:kafka-clients:3.9.0',
  'org.apache.commons:commons-pool2:2.12.0',
  `io.delta:delta-spark_2.13:${deltaVersion}`,
  `io.delta:delta-storage:${deltaVersion}`,
] as const;

const prerequisites = [
  ['python3', 'for pyspark'],
  ['java', '(17 or later) to run'],
  ['mvn', 'to get its Kafka and Delta jars'],
] as const;

/**
 * Spark with Delta and its Kafka source, kept in the cache folder outside the checkout. With `install` it is made
 * when it is missing (about a minute, 600 MB); `unavailable` says what to do.
 * @throws BronzeError PREREQUISITE_MISSING when the installation fails.
 */
export async function sparkEnvironment(options: { readonly install: boolean }): Promise<SparkEnvironmentResult> {
  const cache = cacheFolder();
  const name = `spark-${sparkVersion}-delta-${deltaVersion}`;
  if (await exists(join(cache, name))) return { kind: 'ready', environment: await environmentIn(join(cache, name)) };
  if (!options.install) return { kind: 'unavailable', reason: 'Spark is not installed; --spark installs it.' };
  for (const [program, purpose] of prerequisites) {
    if ((await findOnPath(program)) === undefined) {
      return { kind: 'unavailable', reason: `${program} is not on PATH; Spark needs it ${purpose}.` };
    }
  }
  const folder = await withFolderLock(
    join(cache, 'locks', 'spark'),
    600_000,
    () => process.stderr.write('Waiting for another process that installs Spark …\n'),
    () => cachedFolder(cache, name, install),
  );
  return { kind: 'ready', environment: await environmentIn(folder) };
}

async function environmentIn(folder: string): Promise<SparkEnvironment> {
  const jars = (await readdir(join(folder, 'jars'))).filter((file) => file.endsWith('.jar'));
  return {
    python: join(folder, 'venv', 'bin', 'python'),
    jars: jars.map((file) => join(folder, 'jars', file)),
  };
}

async function install(folder: string): Promise<void> {
  process.stderr.write('Installing Spark (about a minute, once) …\n');
  const venv = join(folder, 'venv');
  const python = join(venv, 'bin', 'python');
  await succeed('python3', ['-m', 'venv', venv]);
  await succeed(python, ['-m', 'pip', 'install', `pyspark==${sparkVersion}`, `delta-spark==${deltaVersion}`]);
  await writeFile(join(folder, 'pom.xml'), pom());
  await succeed('mvn', ['--batch-mode', '--file', join(folder, 'pom.xml'), 'dependency:copy@jars']);
}

/** `dependency:copy` takes these files alone: it reads none of their own dependencies, which would be all of Spark. */
function pom(): string {
  const items = jarCoordinates.map((coordinates) => {
    const [groupId, artifactId, version] = coordinates.split(':');
    return `<artifactItem><groupId>${groupId}</groupId><artifactId>${artifactId}</artifactId><version>${version}</version></artifactItem>`;
  });
  return `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>kafka-bronze</groupId><artifactId>spark-jars</artifactId><version>1</version><packaging>pom</packaging>
  <build><plugins><plugin>
    <groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId><version>3.8.1</version>
    <executions><execution><id>jars</id><goals><goal>copy</goal></goals><configuration>
      <outputDirectory>\${project.basedir}/jars</outputDirectory>
      <artifactItems>${items.join('')}</artifactItems>
    </configuration></execution></executions>
  </plugin></plugins></build>
</project>
`;
}

async function succeed(program: string, programArguments: readonly string[]): Promise<void> {
  const { exitCode, output } = await runCommand(program, programArguments);
  if (exitCode === 0) return;
  const command = [program, ...programArguments].join(' ');
  throw new BronzeError(
    'PREREQUISITE_MISSING',
    `Spark could not be installed: ${command} failed.\n${lastLines(output, 20)}`,
  );
}
