import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { kafkaServer } from '../../../src/stack/kafka-server.ts';
import { minioServer } from '../../../src/stack/minio-server.ts';
import type { ProgramContext } from '../../../src/stack/server-kind.ts';
import { temporalServer } from '../../../src/stack/temporal-server.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

test('without Java, one line says how to get it and how to do without', async () => {
  const error = await kafkaServer.findProgram(await bareMachine()).catch(String);
  expect(error).toMatch(
    /Kafka needs Java 17 or newer and Java is missing: install one \(apt .*brew .*KAFKA_BOOTSTRAP_SERVERS/,
  );
  expect(error).not.toContain('\n');
});

test('a Java that is too old is named with its version', async () => {
  const machine = await bareMachine();
  await installProgram(machine, 'java', `echo 'openjdk version "11.0.2" 2019-01-15' >&2`);
  await expect(kafkaServer.findProgram(machine)).rejects.toThrow('the Java of this machine is version 11');
});

test('without Maven, one line says how to get Kafka', async () => {
  const machine = await bareMachine();
  await installProgram(machine, 'java', `echo 'openjdk version "21.0.1" 2023-10-17' >&2`);
  const error = await kafkaServer.findProgram(machine).catch(String);
  expect(error).toMatch(/Apache Maven, which fetches it, is missing: install Maven \(apt install maven/);
  expect(error).not.toContain('\n');
});

test('without Go, one line says how to get Temporal', async () => {
  const error = await temporalServer.findProgram(await bareMachine()).catch(String);
  expect(error).toMatch(
    /^BronzeError: Temporal CLI is not here and Go, .* is missing: install Go .*or install the Temporal CLI \(brew/,
  );
  expect(error).not.toContain('\n');
});

test('without Go, one line says how to get MinIO, or to do without', async () => {
  const error = await minioServer.findProgram(await bareMachine()).catch(String);
  expect(error).toMatch(/MinIO is not here and Go, .* is missing: install Go .*or install MinIO .*set S3_ENDPOINT/);
  expect(error).not.toContain('\n');
});

test('a build that fails is reported with the end of its output and leaves nothing in the cache', async () => {
  const machine = await bareMachine();
  await installProgram(machine, 'go', `echo 'dial tcp: lookup failed' >&2; exit 1`);
  await expect(temporalServer.findProgram(machine)).rejects.toThrow(/Go could not build .*dial tcp: lookup failed/s);
  await installProgram(machine, 'go', `mkdir -p "$GOBIN" && : > "$GOBIN/temporal"`);
  const { origin } = await temporalServer.findProgram(machine);
  expect(origin).toMatch(/built with Go, now in the cache/);
  expect((await temporalServer.findProgram(machine)).origin).toMatch(/from the cache/);
});

test('a program on PATH is preferred to fetching one', async () => {
  const machine = await bareMachine();
  await installProgram(machine, 'temporal', 'exit 0');
  expect((await temporalServer.findProgram(machine)).origin).toContain('on PATH');
  await installProgram(machine, 'java', `echo 'openjdk version "17.0.1" 2021-10-19' >&2`);
  await installProgram(machine, 'kafka-server-start.sh', 'exit 0');
  await mkdir(join(machine.cache, '..', 'libs'));
  await writeFile(join(machine.cache, '..', 'libs', 'kafka_2.13-4.2.1.jar'), '');
  expect((await kafkaServer.findProgram(machine)).origin).toMatch(/^Kafka 4\.2\.1 of /);
});

interface BareMachine extends ProgramContext {
  readonly bin: string;
}

/** A PATH on which nothing is installed but a shell, and an empty cache. */
async function bareMachine(): Promise<BareMachine> {
  const folder = await scratchFolder();
  const bin = join(folder, 'bin');
  await mkdir(bin);
  return { bin, cache: join(folder, 'cache'), env: { PATH: bin }, log: () => undefined };
}

async function installProgram(machine: BareMachine, name: string, script: string): Promise<void> {
  await mkdir(machine.cache, { recursive: true });
  await writeFile(join(machine.bin, name), `#!/bin/sh\nPATH=/usr/bin:/bin\n${script}\n`);
  await chmod(join(machine.bin, name), 0o755);
}
