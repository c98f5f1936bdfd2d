import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { searchAttributeTypes } from '../../../src/model/requests/search-attributes.ts';
import { kafkaProperties } from '../../../src/stack/kafka-properties.ts';
import { sampleBuckets } from '../../../src/stack/minio-server.ts';
import { registryApiPath } from '../../../src/stack/registry-api-path.ts';
import { projectRoot } from '../../../src/stack/project-root.ts';
import { findOnPath, runCommand } from '../../../src/stack/run-command.ts';
import { devServerSettings } from '../../../src/stack/temporal-server.ts';
import { sampleTopics } from '../../../src/samples/topics.ts';

const composeFile = join(projectRoot, 'compose.yml');

const serviceSchema = z.object({
  image: z.string(),
  ports: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
  command: z.array(z.string()).optional(),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).optional(),
  volumes: z.array(z.string()).optional(),
  healthcheck: z
    .object({ test: z.array(z.string()), interval: z.string(), timeout: z.string(), retries: z.number() })
    .optional(),
});
const composeSchema = z.object({
  services: z.record(z.string(), serviceSchema),
  volumes: z.record(z.string(), z.null()),
});

const { services, volumes } = composeSchema.parse(parse(await readFile(composeFile, 'utf8')));
const kafka = services['kafka']!;
const createTopics = services['create-topics']!;
const temporal = services['temporal']!;
const s3 = services['s3']!;
const registry = services['registry']!;

test('every server has a health check, and what depends on a server waits for its health', () => {
  for (const service of [kafka, temporal, s3, registry]) expect(service.healthcheck?.test[0]).toBe('CMD');
  expect(createTopics.depends_on).toEqual({ kafka: { condition: 'service_healthy' } });
});

test('the Schema Registry keeps its schemas in a volume, and answers where it is looked for', () => {
  const [volume, folder] = registry.volumes?.[0]?.split(':') ?? [];
  expect(Object.keys(volumes)).toContain(volume);
  expect(registry.environment?.['APICURIO_DATASOURCE_URL']).toBe(`jdbc:h2:file:${folder ?? ''}/registry`);
  expect(registry.healthcheck?.test.at(-1)).toContain(`${registryApiPath}/subjects`);
});

test('a service waits for the one that ends by itself, as "up --wait" needs', () => {
  expect(temporal.depends_on).toEqual({ 'create-topics': { condition: 'service_completed_successfully' } });
});

test('Kafka has one listener for containers and one for programs of this machine, each advertised as it is reached', () => {
  const environment = kafka.environment ?? {};
  expect(environment['KAFKA_LISTENERS']).toBe('INSIDE://0.0.0.0:9092,HOST://0.0.0.0:9094,CONTROLLER://0.0.0.0:9093');
  expect(environment['KAFKA_ADVERTISED_LISTENERS']).toBe('INSIDE://kafka:9092,HOST://localhost:${KAFKA_PORT:-9094}');
  expect(kafka.ports).toEqual(['127.0.0.1:${KAFKA_PORT:-9094}:9094']);
});

test('Kafka in a container is set up as the one without, apart from its addresses', () => {
  const addresses = /listener|quorum\.voters|log\.dirs/;
  const native = kafkaProperties('/data', { client: 1, controller: 2 })
    .trim()
    .split('\n')
    .filter((line) => !addresses.test(line));
  const inContainer = Object.entries(kafka.environment ?? {})
    .map(
      ([name, value]) =>
        `${name
          .replace(/^KAFKA_/, '')
          .toLowerCase()
          .replaceAll('_', '.')}=${value}`,
    )
    .filter((line) => !addresses.test(line));
  expect(inContainer.sort()).toEqual(native.sort());
});

test('the topics that are made are the sample topics', () => {
  const made = String(createTopics.environment?.['SAMPLE_TOPICS']).split(/\s+/);
  expect(made.sort()).toEqual(sampleTopics.map(({ name, partitions }) => `${name}:${partitions}`).sort());
});

test('Temporal in a container has the settings of the one without, and one search attribute for each that jobs carry', () => {
  const native = devServerSettings();
  const asOneWord = native.flatMap((word, index) => (index % 2 === 0 ? [`${word}=${native[index + 1] ?? ''}`] : []));
  for (const setting of asOneWord) expect(temporal.command).toContain(setting);
  const registered = temporal.command?.filter((word) => word.startsWith('--search-attribute=')) ?? [];
  expect(registered).toHaveLength(Object.keys(searchAttributeTypes).length);
});

test('the buckets that are made are the ones that a store without a container has', () => {
  expect(String(s3.environment?.['SAMPLE_BUCKETS']).split(/\s+/)).toEqual(sampleBuckets);
  expect(s3.command?.[0]).toContain('for bucket in $$SAMPLE_BUCKETS; do mkdir -p "/data/$$bucket"; done');
});

const mounted = Object.values(services).flatMap(
  (service) => service.volumes?.map((volume) => volume.split(':')[0] ?? '') ?? [],
);

test('files that services are given are there', async () => {
  const files = mounted.filter((source) => source.startsWith('./'));
  expect(files).not.toEqual([]);
  for (const file of files) expect((await stat(join(projectRoot, file))).isFile()).toBe(true);
});

test('state lies in named volumes that are declared', () => {
  const used = mounted.filter((source) => !source.startsWith('./'));
  expect(used.sort()).toEqual(Object.keys(volumes).sort());
});

const docker = await findOnPath('docker');
const composePlugin = docker !== undefined && (await runCommand(docker, ['compose', 'version'])).exitCode === 0;
const standalone = await findOnPath('docker-compose');
const composeCommand = composePlugin ? [docker, 'compose'] : standalone === undefined ? undefined : [standalone];

test.skipIf(composeCommand === undefined)('the compose program accepts the file', async () => {
  const [program = '', ...leading] = composeCommand ?? [];
  const outcome = await runCommand(program, [...leading, '--file', composeFile, 'config', '--quiet']);
  expect(outcome).toEqual({ exitCode: 0, output: '' });
});
