import type { Command, Option } from 'commander';
import { lakeOption } from '../read-option.ts';

interface MaintenanceFlags {
  readonly lake: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** A command of `bronze table` that keeps one table in shape. */
export interface MaintenanceCommand<Choices, Outcome> {
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  /** Besides `--json` and `--lake`. */
  readonly options?: readonly Option[];
  /** Of `--json`. */
  readonly document?: string;
  /** Arguments of the command. */
  readonly examples: readonly string[];
  /** Asked when the command is run: help needs no more than this file. */
  readonly load: () => Promise<MaintenanceWork<Choices, Outcome>>;
}

interface MaintenanceWork<Choices, Outcome> {
  readonly run: (root: string, choices: Choices) => Promise<Outcome>;
  readonly render: (outcome: Outcome, isDryRun: boolean) => string;
}

export function registerMaintenance<Choices, Outcome>(
  table: Command,
  { name, summary, description, options = [], document = '', examples, load }: MaintenanceCommand<Choices, Outcome>,
): void {
  const command = table
    .command(name)
    .summary(summary)
    .description(description)
    .argument('<table>', 'a table of the lake by name or path, or a job with one topic');
  for (const option of options) command.addOption(option);
  command
    .option('--json', `print one JSON document${document}`)
    .addOption(lakeOption())
    .addHelpText(
      'after',
      ['', 'Examples:', ...examples.map((example) => `  $ bronze table ${name} ${example}`)].join('\n'),
    )
    .action(async (nameOrPath: string, flags: MaintenanceFlags & Choices) => {
      const { findTableOrJob } = await import('../find-table-or-job.ts');
      const { printJson } = await import('../output/json.ts');
      const { writeLine } = await import('../output/stdout.ts');
      const { run, render } = await load();
      const { root } = await findTableOrJob(nameOrPath, flags.lake);
      const outcome = await run(root, flags);
      await (flags.json === true ? printJson(outcome ?? null) : writeLine(render(outcome, flags.dryRun === true)));
    });
}
