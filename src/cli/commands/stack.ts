import { Option, type Command } from 'commander';
import { defaultStateFolder } from '../../stack/project-root.ts';

interface StackFlags {
  readonly stateFolder: string;
}

interface DownFlags extends StackFlags {
  readonly discard?: true;
}

interface UpFlags extends StackFlags {
  readonly with?: readonly ('s3' | 'registry')[];
}

interface StatusFlags extends StackFlags {
  readonly json?: true;
}

export function registerStack(program: Command): void {
  const stack = program
    .command('stack')
    .summary('start and stop Kafka, Temporal, an S3 store and a Schema Registry on this machine')
    .description(
      'Finds or starts Kafka, Temporal and, where they are asked for, an S3 store (MinIO) and a Schema Registry (Apicurio) on this machine. For each the ' +
        'first that applies: an address in the environment (KAFKA_BOOTSTRAP_SERVERS; TEMPORAL_ADDRESS or a profile of ' +
        'temporal.toml; S3_ENDPOINT; SCHEMA_REGISTRY_URL), a running container ' +
        'engine (compose.yml), a program on PATH or in the cache, one that is fetched into the cache ' +
        '($KAFKA_BRONZE_CACHE, else $XDG_CACHE_HOME/kafka-bronze or ~/.cache/kafka-bronze).',
    )
    .addHelpText(
      'after',
      `
Ports: KAFKA_PORT (9094), TEMPORAL_PORT (7233), TEMPORAL_UI_PORT (8233),
S3_PORT (9000), S3_CONSOLE_PORT (9001), SCHEMA_REGISTRY_PORT (8081); another free
one where somebody has it.
MINIO_ROOT_USER, MINIO_ROOT_PASSWORD: whom MinIO is started for (minioadmin,
minioadmin).
TEMPORAL_DYNAMIC_CONFIG: a further setting of Temporal's development server,
key=value.

Examples:
  $ bronze stack up
  $ bronze stack status --json
  $ bronze stack down --discard`,
    );
  stack
    .command('up')
    .summary('start the servers and wait until they answer')
    .description('Starts the servers that do not run yet and waits until all answer. They run on when it ends.')
    .addOption(new Option('--with <servers...>', 'start these too').choices(['s3', 'registry']))
    .addOption(stateFolderOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ bronze stack up\n  $ bronze stack up --with s3 registry\n  $ KAFKA_PORT=29092 bronze stack up',
    )
    .action(async ({ stateFolder, with: further }: UpFlags) => {
      const { usualServers } = await import('../../stack/server-name.ts');
      const { startStack } = await import('../../stack/start-stack.ts');
      const { logTo } = await import('../../stack/progress.ts');
      const servers = [...usualServers, ...(further ?? [])];
      await startStack({ stateFolder, servers, log: logTo(process.stderr) });
    });
  stack
    .command('down')
    .summary('stop what "stack up" or "npm start" has started')
    .description('Stops the servers that this project has started on this machine, and no others. Their data stays.')
    .option('--discard', 'delete their data too: topics, records, workflows')
    .addOption(stateFolderOption())
    .addHelpText('after', '\nExamples:\n  $ bronze stack down\n  $ bronze stack down --discard')
    .action(async ({ stateFolder, discard }: DownFlags) => {
      const { stopStack } = await import('../../stack/start-stack.ts');
      const { runningServers } = await import('../../stack/running-servers.ts');
      const { logTo } = await import('../../stack/progress.ts');
      const log = logTo(process.stderr);
      if (Object.keys(await runningServers(stateFolder)).length === 0) log('No server of this stack runs.');
      await stopStack(stateFolder, { log, discard: discard === true });
    });
  stack
    .command('status')
    .summary('show the servers of the stack')
    .description(
      'Shows the servers that this project has started on this machine: where they are and whence they came.',
    )
    .option('--json', 'print one JSON document')
    .addOption(stateFolderOption())
    .addHelpText('after', '\nExamples:\n  $ bronze stack status\n  $ bronze stack status --json | jq -r .kafka.address')
    .action(printStatus);
}

async function printStatus({ stateFolder, json }: StatusFlags): Promise<void> {
  const { runningServers } = await import('../../stack/running-servers.ts');
  const { describeStack } = await import('../output/print-stack.ts');
  const { printJson } = await import('../output/json.ts');
  const { writeLine } = await import('../output/stdout.ts');
  const description = describeStack(await runningServers(stateFolder), stateFolder);
  if (json === true) {
    await printJson(description.servers);
    return;
  }
  for (const line of description.lines) await writeLine(line);
}

function stateFolderOption(): Option {
  return new Option('--state-folder <folder>', 'where the servers keep their data').default(
    defaultStateFolder,
    'data/stack of the checkout',
  );
}
