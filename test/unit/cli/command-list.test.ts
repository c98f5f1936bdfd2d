import { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { commandList } from '../../../src/cli/command-list.ts';
import { buildProgram } from '../../../src/cli/main.ts';

async function registered(name: string): Promise<Command> {
  const entry = commandList.find((candidate) => candidate.name === name);
  const program = new Command();
  await entry?.register(program);
  const command = program.commands.find((candidate) => candidate.name() === name);
  if (!command) throw new Error(`${name} registers no command of its name`);
  return command;
}

const withSubcommands = (command: Command): Command[] => [command, ...command.commands.flatMap(withSubcommands)];

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (part) => (text += part) });
  command.outputHelp();
  return text;
}

describe.each(commandList.map(({ name, summary }) => [name, summary]))('bronze %s', (name, summary) => {
  test('has the summary that bronze --help shows', async () => {
    expect((await registered(name)).summary()).toBe(summary);
  });

  test('explains itself with examples, and so do its subcommands', async () => {
    for (const command of withSubcommands(await registered(name))) {
      expect(command.description(), command.name()).not.toBe('');
      expect(helpOf(command), command.name()).toMatch(new RegExp(`Examples:\\n.*(bronze ${name}|npm start)`));
    }
  });
});

describe('bronze --help', () => {
  test('lists every command and every exit code, without loading a command', async () => {
    const help = helpOf(await buildProgram([]));
    for (const { name, summary } of commandList) expect(help.replaceAll(/\s+/g, ' ')).toContain(`${name} ${summary}`);
    expect(help).toMatch(/Exit codes:\n {2}0 .*\n {2}1 .*\n {2}2 .*\n {2}3 .*\n {2}4 /);
  });
});
