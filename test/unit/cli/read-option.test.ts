import { InvalidArgumentError } from 'commander';
import { expect, test } from 'vitest';
import { buildProgram } from '../../../src/cli/main.ts';
import { readRate } from '../../../src/cli/read-option.ts';

test.for(['0', '-1', 'fast', 'Infinity'])('a rate of %s is refused', (text) => {
  expect(() => readRate(text)).toThrow(InvalidArgumentError);
});

test('npm start refuses a rate of 0 before it starts anything', async () => {
  const program = await buildProgram(['demo']);
  const demo = program.commands.find((command) => command.name() === 'demo');
  const rate = demo?.options.find(({ long }) => long === '--rate');
  expect(() => rate?.parseArg?.('0', undefined)).toThrow(InvalidArgumentError);
});
