import { z } from 'zod';
import { alertsYaml, notifyYaml } from './alerts-yaml.ts';
import { maintenanceYaml } from './maintenance-yaml.ts';
import { outputsYaml } from './outputs-yaml.ts';
import { sourceYaml } from './source-yaml.ts';
import { stepsYaml } from './steps-yaml.ts';
import { deadLetterYaml, tableYaml } from './table-yaml.ts';
import { flag, leaf, section, text, trigger } from './yaml-leaves.ts';

const namePattern = /^[a-z0-9][a-z0-9._-]*$/;

export function isJobName(name: string): boolean {
  return namePattern.test(name);
}

/**
 * The YAML form of a job, with the defaults filled in. What a key may hold, and what an editor shows for it, is said
 * here and in the files of its sections; what two keys may not say together is in `check-*.ts`.
 */
export const jobYaml = section(
  {
    name: leaf(
      {
        type: 'string',
        pattern: namePattern.source,
        description:
          "The job's name: part of its workflows' ids and of the offsets in the table. Default: the file's name.",
      },
      (value) =>
        typeof value === 'string' && isJobName(value)
          ? { ok: true, value }
          : {
              ok: false,
              expected: 'small letters, digits, dots, hyphens and underscores, beginning with a letter or digit',
            },
    ),
    description: text({ description: 'What the job is for; shown by Temporal and the command line.' }).optional(),
    source: sourceYaml,
    trigger: trigger({
      description: 'How often a micro-batch begins at most, or availableNow: ingest what is there, then end.',
      examples: ['10 seconds', '1 minute', 'availableNow'],
    }),
    steps: stepsYaml,
    table: tableYaml,
    deadLetter: deadLetterYaml.optional(),
    outputs: outputsYaml.optional(),
    checkpointPath: text({
      description: 'A folder where commits are mirrored for people to read. The table itself stays the checkpoint.',
      examples: ['${CHECKPOINT_BASE_PATH}/api-usage-events'],
    }).optional(),
    maintenance: maintenanceYaml.optional(),
    withMetrics: flag({ description: 'Log one line per micro-batch: totals, and the spread over topic partitions.' }),
    alerts: alertsYaml.optional(),
    notify: notifyYaml.optional(),
    environments: z.unknown().optional(),
  },
  { description: 'A job: one or more Kafka topics into Delta tables.' },
);

/** A job's YAML as it was understood. */
export type JobYaml = z.output<typeof jobYaml>;
