import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Admin } from '@platformatic/kafka';
import { BronzeError } from '../errors.ts';
import { exists } from './cache-folder.ts';
import { findJava } from './java.ts';
import { findKafkaLibraries } from './kafka-libraries.ts';
import { kafkaProperties } from './kafka-properties.ts';
import { lastLines, runCommand } from './run-command.ts';
import { type ProgramContext, type ServerKind, type ServerProgram } from './server-kind.ts';
import type { Launch } from './server-process.ts';

/** One KRaft node of Apache Kafka, run by Java from its jars. */
export const kafkaServer: ServerKind = {
  name: 'kafka',
  readyTimeoutMs: 90_000,
  stopTimeoutMs: 20_000,
  probe: probeKafka,
  findProgram,
};

/** The broker answers a metadata request and counts itself as a member of the cluster. */
async function probeKafka(address: string): Promise<void> {
  const admin = new Admin({
    clientId: 'kafka-bronze-stack',
    bootstrapBrokers: [address],
    retries: 0,
    connectTimeout: 2_000,
    requestTimeout: 5_000,
  });
  try {
    const { brokers } = await admin.metadata({ topics: [] });
    if (brokers.size === 0) throw new Error(`no broker is registered at ${address} yet`);
  } finally {
    await admin.close();
  }
}

async function findProgram(context: ProgramContext): Promise<ServerProgram> {
  // Kafka 4 brokers need Java 17 (KIP-1013).
  const alternatives = 'start a container engine (Docker), or set KAFKA_BOOTSTRAP_SERVERS to a running Kafka';
  const java = await findJava(context.env, { title: 'Kafka', alternatives });
  const libraries = await findKafkaLibraries(context);
  const kafka = { java, classPath: join(libraries.folder, '*'), heapMb: heapMb(context.env) };
  return { origin: libraries.origin, prepareLaunch: (folder, ports) => prepareLaunch(kafka, folder, ports) };
}

interface JavaKafka {
  readonly java: string;
  readonly classPath: string;
  readonly heapMb: number;
}

async function prepareLaunch(kafka: JavaKafka, folder: string, ports: readonly number[]): Promise<Launch> {
  const [client, controller] = ports;
  if (client === undefined || controller === undefined) throw new Error('Kafka needs two ports.');
  const dataFolder = join(folder, 'data');
  const propertiesFile = join(folder, 'server.properties');
  await mkdir(folder, { recursive: true });
  await writeFile(propertiesFile, kafkaProperties(dataFolder, { client, controller }));
  if (!(await exists(join(dataFolder, 'meta.properties')))) await formatStorage(kafka, propertiesFile);
  return {
    program: kafka.java,
    arguments: [`-Xmx${kafka.heapMb}m`, '-XX:+UseG1GC', ...javaArguments(kafka), 'kafka.Kafka', propertiesFile],
    cwd: folder,
    logFile: join(folder, 'kafka.log'),
  };
}

function javaArguments(kafka: JavaKafka): string[] {
  return ['-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-Djava.awt.headless=true', '-cp', kafka.classPath];
}

/** KRaft wants its log folder formatted once, with a random cluster id of 16 bytes. */
async function formatStorage(kafka: JavaKafka, propertiesFile: string): Promise<void> {
  const clusterId = randomBytes(16).toString('base64url');
  const { exitCode, output } = await runCommand(kafka.java, [
    '-XX:TieredStopAtLevel=1',
    ...javaArguments(kafka),
    'kafka.tools.StorageTool',
    'format',
    // One argument: an id that begins with a dash would be taken for an option.
    `--cluster-id=${clusterId}`,
    '--config',
    propertiesFile,
    '--ignore-formatted',
  ]);
  if (exitCode !== 0) {
    throw new BronzeError(
      'SERVER_NOT_READY',
      `Kafka's storage tool could not format the log folder:\n${lastLines(output, 10)}`,
    );
  }
}

function heapMb(env: NodeJS.ProcessEnv): number {
  const wanted = Number(env['KAFKA_HEAP_MB']);
  return Number.isInteger(wanted) && wanted > 0 ? wanted : 768;
}
