import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Connection } from '@temporalio/client';
import { searchAttributeTypes } from '../model/requests/search-attributes.ts';
import { type ServerKind } from './server-kind.ts';
import type { Launch } from './server-process.ts';
import { findTemporalProgram } from './temporal-program.ts';

/** Temporal's development server with its Web UI; its state is one SQLite file. */
export const temporalServer: ServerKind = {
  name: 'temporal',
  readyTimeoutMs: 60_000,
  stopTimeoutMs: 10_000,
  probe: probeTemporal,
  async findProgram(context) {
    const { path, origin } = await findTemporalProgram(context);
    const settings = [...devServerSettings(), ...furtherDynamicConfig(context.env)];
    return { origin, prepareLaunch: (folder, ports) => prepareLaunch(path, folder, ports, settings) };
  },
};

/** The namespace `default` can be read: the server has finished its own set-up. */
async function probeTemporal(address: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: '5s' });
  try {
    await connection.workflowService.describeNamespace({ namespace: 'default' });
  } finally {
    await connection.close();
  }
}

async function prepareLaunch(
  program: string,
  folder: string,
  ports: readonly number[],
  settings: readonly string[],
): Promise<Launch> {
  const [port, uiPort] = ports;
  if (port === undefined || uiPort === undefined) throw new Error('Temporal needs two ports.');
  await mkdir(folder, { recursive: true });
  return {
    program,
    arguments: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
      ...['--db-filename', join(folder, 'temporal.db'), '--log-level', 'warn'],
      ...settings,
    ],
    cwd: folder,
    logFile: join(folder, 'temporal.log'),
  };
}

/** Settings of the server that jobs rely on; `compose.yml` gives the same. */
export function devServerSettings(): string[] {
  const searchAttributes = Object.entries(searchAttributeTypes).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${type === 'KEYWORD' ? 'Keyword' : 'Int'}`,
  ]);
  return [
    // The default is 20 per history shard and a development server has one: every task would wait for a 50 ms grid.
    '--dynamic-config-value',
    'history.transferProcessorMaxPollRPS=2000',
    ...searchAttributes,
  ];
}

/**
 * TEMPORAL_DYNAMIC_CONFIG: one more setting of Temporal's dynamic configuration for a development server that this
 * project starts, such as `limit.historyCount.suggestContinueAsNew=200`; `compose.yml` reads it too.
 */
function furtherDynamicConfig({ TEMPORAL_DYNAMIC_CONFIG: setting = '' }: NodeJS.ProcessEnv): string[] {
  return setting === '' ? [] : ['--dynamic-config-value', setting];
}
