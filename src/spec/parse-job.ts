import path from 'node:path';
import type { JobDocument } from '../model/job/job-input.ts';
import type { JobSpec } from '../model/job/job-spec.ts';
import { checkJob, inOrder, type JobVerdict } from './check/check-job.ts';
import type { DocumentPath } from './document/document-path.ts';
import type { Environment } from './document/environment.ts';
import { environmentNames, layersOf, mergeLayers, placeProblem } from './document/spec-layers.ts';
import { invalidSpec, type SpecProblem } from './document/spec-problem.ts';
import { readYaml } from './document/yaml-document.ts';

export interface ParseJobOptions {
  /** The file's path, for messages; its last part without `.yaml` is the job's name. */
  readonly fileName: string;
  /** Which of the file's `environments` is laid over it. */
  readonly environment?: string | undefined;
  /** Laid over the rest. */
  readonly overrides?: JobDocument | undefined;
  readonly env: Environment;
  /** Where relative paths begin; the process's working folder unless given. */
  readonly workingFolder?: string | undefined;
}

/** Reads a job file. @throws BronzeError `SPEC_INVALID` that lists all that is wrong. */
export function parseJob(yamlText: string, options: ParseJobOptions): JobSpec {
  return specOf(checkJobText(yamlText, options), options.fileName);
}

/** The same without throwing, for those who show problems to people. */
export function checkJobText(yamlText: string, options: ParseJobOptions): JobVerdict {
  const read = readYaml(yamlText);
  if (!read.ok) return read;
  const fileName = path.basename(options.fileName, '.yaml');
  const { value } = read.document;
  const verdict = checkDocument(value, options, { file: read.document, fileName });
  const { name } = value;
  if (typeof name !== 'string' || name === fileName) return verdict;
  const message = `${JSON.stringify(name)}; expected ${fileName}, the name of the file`;
  const problem = { path: ['name'], message, ...read.document.locate(['name']) };
  return { ok: false, problems: verdict.ok ? [problem] : [problem, ...verdict.problems] };
}

/**
 * A job file as a document that stands for itself: with one of its environments and overrides laid over it, and its name
 * in it. References to variables stay references. @throws BronzeError `SPEC_INVALID` that lists all that is wrong.
 */
export function inlineJob(yamlText: string, options: ParseJobOptions): JobDocument {
  const { name } = parseJob(yamlText, options);
  const read = readYaml(yamlText);
  const { layers } = layersOf(read.ok ? read.document.value : {}, options);
  return { ...mergeLayers(layers), name };
}

/** A problem of a job that was found to be in order so far, at its place in the file or in one of its environments. */
export function placeInText(
  yamlText: string,
  environment: string | undefined,
  path: DocumentPath,
  message: string,
): SpecProblem {
  const read = readYaml(yamlText);
  if (!read.ok) return { path, message };
  const { layers } = layersOf(read.document.value, { file: read.document, environment });
  return placeProblem(layers, path, message);
}

/** The names of the environments in a job file; none when it cannot be read. */
export function environmentsOf(yamlText: string): readonly string[] {
  const read = readYaml(yamlText);
  return read.ok ? environmentNames(read.document.value) : [];
}

/** Reads a job from a whole document. @throws BronzeError `SPEC_INVALID` that lists all that is wrong. */
export function parseInlineJob(document: JobDocument, options: Omit<ParseJobOptions, 'fileName'>): JobSpec {
  return specOf(checkDocument(document, options, {}), 'The job');
}

function checkDocument(
  document: JobDocument,
  options: Omit<ParseJobOptions, 'fileName'>,
  from: { readonly file?: Parameters<typeof layersOf>[1]['file']; readonly fileName?: string },
): JobVerdict {
  const { layers, problems } = layersOf(document, { ...options, file: from.file });
  const { env, workingFolder = process.cwd() } = options;
  const verdict = checkJob(layers, { env, workingFolder, fileName: from.fileName });
  if (problems.length === 0) return verdict;
  const placed = problems.map((problem) => ({ ...problem, ...from.file?.locate(problem.path) }));
  return { ok: false, problems: inOrder([...placed, ...(verdict.ok ? [] : verdict.problems)]) };
}

function specOf(verdict: JobVerdict, title: string): JobSpec {
  if (verdict.ok) return verdict.spec;
  throw invalidSpec(title, verdict.problems);
}
