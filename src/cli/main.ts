import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { commandList, type CommandEntry } from './command-list.ts';
import { exitCodeMeanings, exitCodeOf, exitCodes } from './exit-code.ts';
import { wasInterrupted } from './interrupt.ts';
import { useLocalStore } from './local-store.ts';
import { errorColors, printMessage } from './output/messages.ts';
import { printError } from './output/print-error.ts';
import { endQuietlyOnClosedPipe } from './output/stdout.ts';

const helpAfter = `
Exit codes:
${exitCodeMeanings.map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`).join('\n')}

Data goes to stdout, messages go to stderr. NO_COLOR turns colours off.

Examples:
  $ bronze query "select count(*) from bronze_gps_pings"
  $ bronze tail bronze_gps_pings --follow
  $ bronze verify rideshare-high-volume
  $ bronze query --help`;

/** Runs one command line (without the program's name) and gives the exit code. */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  const debug = argv.includes('--debug');
  try {
    const program = await buildProgram(argv);
    await program.parseAsync([...argv], { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : exitCodes.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.badInput;
    if (wasInterrupted()) {
      printMessage('interrupted');
      return exitCodes.interrupted;
    }
    printError(error, debug);
    return exitCodeOf(error);
  }
}

/** The program with the command that `argv` names registered in full, and all others by name and summary. */
export async function buildProgram(argv: readonly string[]): Promise<Command> {
  const program = new Command('bronze')
    .description('Kafka topics in, Delta Lake bronze tables out, exactly once.')
    .version(packageVersion(), '-V, --version', 'print the version')
    .option('--debug', 'print stacks and causes of errors')
    .option('--no-color', 'no colours')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .addHelpText('after', helpAfter)
    .showHelpAfterError('(add --help for the usage)')
    .exitOverride()
    .configureOutput({
      outputError: (text, write) =>
        write(
          text.startsWith('error: ') ? `${errorColors.red('error')} [USAGE] ${text.slice('error: '.length)}` : text,
        ),
    });
  const wanted = argv.filter((argument) => !argument.startsWith('-')).slice(0, 2);
  for (const entry of commandList) await addCommand(program, entry, wanted.includes(entry.name));
  return program;
}

async function addCommand(program: Command, entry: CommandEntry, inFull: boolean): Promise<void> {
  program.commandsGroup(entry.group);
  if (inFull) await entry.register(program);
  else program.command(entry.name).summary(entry.summary).description(entry.summary).allowUnknownOption();
}

function packageVersion(): string {
  const read: unknown = createRequire(import.meta.url)(packageJson());
  return typeof read === 'object' && read !== null && 'version' in read ? String(read.version) : 'unknown';
}

/** The manifest lies two folders above `src/cli`, three above `dist/src/cli`. */
function packageJson(): string {
  return import.meta.url.includes('/dist/src/cli/') ? '../../../package.json' : '../../package.json';
}

/** Runs the command line of this process and sets its exit code. */
export async function main(): Promise<void> {
  endQuietlyOnClosedPipe();
  await useLocalStore(process.env);
  process.exitCode = await runCommandLine(process.argv.slice(2));
}

if (import.meta.main) await main();
