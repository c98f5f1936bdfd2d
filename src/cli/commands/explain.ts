import type { Command } from 'commander';
import { jobArgument, jobsFolderOption } from '../read-option.ts';

interface ExplainFlags {
  readonly environment?: string;
  readonly jobsFolder?: string;
  readonly sql?: true;
  readonly json?: true;
}

/** `bronze explain`: what a job's pipeline does, step by step. */
export function registerExplain(program: Command): void {
  program
    .command('explain')
    .summary('show the steps of a job, their columns, and the SQL they become')
    .description(
      "Shows a job's pipeline: the steps in their order, the columns that each adds (+), changes (~) and takes away (-), " +
        'and why it refuses records. Needs no server.',
    )
    .argument('<job>', jobArgument)
    .option('-e, --environment <name>', "overlay from the job file's environments")
    .addOption(jobsFolderOption())
    .option('--sql', 'print the SQL that the steps become, over a table `input` of records')
    .option('--json', 'print one JSON document, with all columns before and after each step, and the SQL')
    .addHelpText(
      'after',
      `
Examples:
  $ bronze explain api-usage-events
  $ bronze explain api-usage-events --sql
  $ bronze explain ./my-job.yaml --json | jq '.steps[] | {step, rejections}'`,
    )
    .action(async (job: string, flags: ExplainFlags) => {
      const { loadPinnedJobSpec } = await import('../load-job-spec.ts');
      const { checkJobPipeline } = await import('../../ingest/transform/check-pipeline.ts');
      const { explainPipeline } = await import('../../trial/explain-pipeline.ts');
      const { explanationAsJson, renderExplanation, renderSql } = await import('../output/print-explanation.ts');
      const { printJson } = await import('../output/json.ts');
      const { writeLine } = await import('../output/stdout.ts');
      const spec = await loadPinnedJobSpec(job, flags);
      await checkJobPipeline(spec);
      const explained = explainPipeline(spec);
      if (flags.json === true) await printJson(explanationAsJson(explained));
      else await writeLine(flags.sql === true ? renderSql(explained) : renderExplanation(explained));
    });
}
