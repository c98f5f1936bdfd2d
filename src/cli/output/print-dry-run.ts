import { dropReasons } from '../../model/batch/batch.ts';
import { listRuleFailures } from '../../model/batch/rule-failures.ts';
import { formatType } from '../../spec/column-types/type-format.ts';
import type { DryRunOfTopic } from '../../trial/dry-run.ts';
import { dataColors } from './messages.ts';
import { renderSample } from './print-sample.ts';
import { trialOutputAsJson, trialOutputLines } from './print-trial-output.ts';
import { outputWidth } from './table.ts';
import { cutToWidth, visible } from './text-width.ts';
import { formatBytes, formatCount, formatDuration } from './units.ts';

/**
 * `bronze dry-run` for people: what would come of the records, why some are refused, and some rows.
 * @param mostOutputRows how many are shown of each output
 */
export function renderDryRun(topics: readonly DryRunOfTopic[], mostOutputRows: number): string {
  return topics.map((run) => renderTopic(run, mostOutputRows)).join('\n\n');
}

function renderTopic(run: DryRunOfTopic, mostOutputRows: number): string {
  const { topic, ranges, offsets, rows, deadLetters, drops, inputBytes, outputBytes, durationMs } = run;
  const places = ranges.map(({ partition, startOffset, endOffset }) => `${partition}[${startOffset}, ${endOffset})`);
  const facts: [string, string][] = [
    ['offsets', `${formatCount(offsets)}: ${places.join(' ') || 'the topic is empty'}`],
    ['rows', `${formatCount(rows)} (${formatBytes(inputBytes)} read, ${formatBytes(outputBytes)} written)`],
    ['dead letters', formatCount(deadLetters)],
    ...run.reasons.map(({ step, code, records, newest }): [string, string] => [
      '',
      `${formatCount(records)} ${code} (${step}), as at ${newest.partition}/${newest.offset}: ${visible(newest.message)}`,
    ]),
    ...dropReasons.flatMap((reason): [string, string][] => {
      const count = drops[reason];
      return count === undefined ? [] : [['dropped', `${formatCount(count)} ${reason}`]];
    }),
    ...listRuleFailures(run.ruleFailures).map(({ rule, action, records }, index): [string, string] => [
      index === 0 ? 'failed rules' : '',
      `${formatCount(records)} ${visible(rule)} (${action})`,
    ]),
    ...(run.findsDuplicates
      ? [['', 'duplicates are looked for among these records alone, not in the table'] as [string, string]]
      : []),
  ];
  const lines = facts.map(([name, text]) => cutToWidth(`  ${name.padEnd(13)}${text}`, outputWidth() || 240));
  const head = `${dataColors.bold(topic)}  ${formatDuration(durationMs)}, nothing was committed`;
  const outputs = run.outputs.flatMap((output) => trialOutputLines(output, mostOutputRows));
  return [head, ...lines, ...renderSample(run.columns, run.sample), ...outputs].join('\n');
}

/** The same for programs; sample rows as objects. */
export function dryRunAsJson(topics: readonly DryRunOfTopic[]): readonly Readonly<Record<string, unknown>>[] {
  return topics.map(({ columns, sample, ranges, outputs, ...run }) => ({
    ...run,
    ranges: ranges.map(({ partition, startOffset, endOffset }) => ({
      partition,
      startOffset: BigInt(startOffset),
      endOffset: BigInt(endOffset),
    })),
    columns: columns.map(({ name, type }) => ({ name, type: formatType(type) })),
    sample: sample.map(({ values }) => Object.fromEntries(columns.map(({ name }, index) => [name, values[index]]))),
    ...(outputs.length === 0 ? {} : { outputs: outputs.map(trialOutputAsJson) }),
  }));
}
