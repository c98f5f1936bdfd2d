import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findContainerEngine } from '../../../src/stack/container-engine.ts';
import { projectRoot } from '../../../src/stack/project-root.ts';
import { runningAddresses } from '../../../src/stack/running-servers.ts';
import { readStackState } from '../../../src/stack/stack-state.ts';
import { startStack } from '../../../src/stack/start-stack.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

// Where tests run no container engine does, so these talk to a program that writes down what `docker` was asked.

test('a docker client without an engine, or without compose, is no container engine', async () => {
  const machine = await fakeDocker('[ "$1" = info ] && exit 1; exit 0');
  expect(await findContainerEngine(machine.env)).toBeUndefined();
  const withoutCompose = await fakeDocker('[ "$1" = compose ] && exit 1; exit 0');
  expect(await findContainerEngine(withoutCompose.env)).toBeUndefined();
  expect(await findContainerEngine({ PATH: await scratchFolder() })).toBeUndefined();
});

test('docker-compose runs the file where docker has no compose of its own, from its second version on', async () => {
  const { env } = await fakeDocker('[ "$1" = compose ] && exit 1; exit 0');
  const standalone = join(env['PATH'] ?? '', 'docker-compose');
  const isVersion = async (version: string): Promise<void> => {
    await writeFile(standalone, `#!/bin/sh\necho ${version}\n`);
    await chmod(standalone, 0o755);
  };
  await isVersion('1.29.2');
  expect(await findContainerEngine(env)).toBeUndefined();
  await isVersion('2.40.0');
  expect(await findContainerEngine(env)).toEqual({ command: [standalone] });
});

test('with a container engine the servers are those of compose.yml, with state and ports of the stack', async () => {
  const machine = await fakeDocker('exit 0');
  const stateFolder = await scratchFolder();
  const stack = await startStack({ stateFolder, env: machine.env, use: 'temporary' });
  const { kafka, temporal } = await readStackState(stateFolder);
  if (kafka?.kind !== 'container') throw new Error('Kafka is no container.');
  expect(stack.addresses.kafka).toBe(`127.0.0.1:${kafka.ports[0] ?? 0}`);
  expect(stack.addresses.temporalUi).toBe(`http://127.0.0.1:${temporal?.ports[1] ?? 0}`);
  expect(await runningAddresses(stateFolder)).toEqual({});

  await stack.restart('kafka');
  await stack.kill('temporal');
  await stack.stop({ discard: true });
  const compose = `compose --project-name ${kafka.project} --file ${join(projectRoot, 'compose.yml')}`;
  expect(await machine.asked()).toEqual([
    `${compose} up -d --wait kafka temporal`,
    `${compose} stop kafka`,
    `${compose} up -d --wait --no-deps kafka`,
    `${compose} kill temporal`,
    `${compose} down --volumes --timeout 0`,
  ]);
  expect(await readStackState(stateFolder)).toEqual({});
});

test('the store is a container too where it is asked for, alone without what it does not need', async () => {
  const machine = await fakeDocker('exit 0');
  const stateFolder = await scratchFolder();
  const { addresses } = await startStack({ stateFolder, env: machine.env, use: 'temporary', servers: ['s3'] });
  const { s3 } = await readStackState(stateFolder);
  expect(addresses).toEqual({
    s3: `http://127.0.0.1:${s3?.ports[0] ?? 0}`,
    s3Console: `http://127.0.0.1:${s3?.ports[1] ?? 0}`,
  });
  expect((await machine.asked())[0]).toMatch(/ up -d --wait --no-deps s3$/);
});

test('what the container engine says is quoted when it fails', async () => {
  const machine = await fakeDocker('case "$*" in *" up "*) echo "port is already allocated" >&2; exit 1;; esac');
  const start = startStack({ stateFolder: await scratchFolder(), env: machine.env, use: 'temporary' });
  await expect(start).rejects.toThrow(/could not do "up -d --wait kafka temporal".*port is already allocated/s);
});

interface FakeDocker {
  readonly env: NodeJS.ProcessEnv;
  /** The compose commands so far. */
  asked(): Promise<string[]>;
}

async function fakeDocker(script: string): Promise<FakeDocker> {
  const folder = await scratchFolder();
  const bin = join(folder, 'bin');
  const log = join(folder, 'asked');
  await mkdir(bin);
  await writeFile(join(bin, 'docker'), `#!/bin/sh\necho "$*" >> "${log}"\n${script}\n`);
  await chmod(join(bin, 'docker'), 0o755);
  return {
    env: { PATH: bin },
    asked: async () => {
      const lines = (await readFile(log, 'utf8')).trim().split('\n');
      return lines.filter((line) => line.startsWith('compose --'));
    },
  };
}
