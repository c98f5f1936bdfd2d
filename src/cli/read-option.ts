import { InvalidArgumentError, Option } from 'commander';
import type { TableVersion } from '../lake/table/open-table.ts';
import { lakeRoot } from '../lake/lake-root.ts';
import type { Parsed } from '../model/batch/offset-position.ts';
import { parseByteSize } from '../spec/yaml/byte-sizes.ts';
import { parseDuration } from '../spec/yaml/durations.ts';
import { packagedJobsFolder } from '../worker-settings.ts';

/** `--limit 20` */
export function readCount(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('A whole number is expected.');
  return Number(text);
}

/** `--rate 5000`, per second */
export function readRate(text: string): number {
  const rate = Number(text);
  if (!(rate > 0 && Number.isFinite(rate))) throw new InvalidArgumentError('A number above 0 is expected.');
  return rate;
}

/** `--at 12`, `--at 2026-11-20T09:00:00Z`, `--at 2026-11-20` */
export function readTableVersion(text: string): TableVersion {
  if (/^\d+$/.test(text)) return { kind: 'version', version: Number(text) };
  const zoned = /(Z|[+-]\d\d:?\d\d)$/i.test(text) || /^\d{4}-\d\d-\d\d$/.test(text) ? text : `${text}Z`;
  const timestampMs = Date.parse(zoned.replace(' ', 'T'));
  if (Number.isNaN(timestampMs)) {
    throw new InvalidArgumentError('A version or a time is expected, such as 12 or 2026-11-20T09:00:00Z.');
  }
  return { kind: 'timestamp', timestampMs };
}

export function lakeOption(): Option {
  return new Option('--lake <folder>', 'the folder that holds the tables').default(
    lakeRoot(),
    '$LAKE_PATH, $DELTA_LAKE_PATH or data/lake',
  );
}

/** What a command's argument `<job>` may be. */
export const jobArgument = 'name of a job file in the jobs folder, or the path of one';

export function jobsFolderOption(about = 'folder of the job files'): Option {
  return new Option('--jobs-folder <folder>', about).default(packagedJobsFolder, 'the one of the package');
}

/** For commands that reach a cluster and run no job. */
export function likeOption(when = ''): Option {
  return new Option('--like <job>', `${when}brokers, TLS and SASL as in this job, by name or by the path of its file`);
}

/** `--target-file-size 256MiB`, in bytes. */
export function readByteSize(text: string): number {
  return parsedOption(parseByteSize(text));
}

/** `--retention '14 days'`, in milliseconds. */
export function readDuration(text: string): number {
  return parsedOption(parseDuration(text));
}

function parsedOption(parsed: Parsed<number>): number {
  if (parsed.ok) return parsed.value;
  throw new InvalidArgumentError(`Expected ${parsed.expected}.`);
}
