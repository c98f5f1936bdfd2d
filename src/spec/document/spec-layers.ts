import type { JobDocument } from '../../model/job/job-input.ts';
import { isMap, valueAt, type DocumentPath } from './document-path.ts';
import { nearestName } from '../../model/nearest-name.ts';
import { overlay } from './overlay.ts';
import type { SpecProblem } from './spec-problem.ts';
import type { YamlDocument } from './yaml-document.ts';

/** One of the documents that make a job together. */
export interface SpecLayer {
  readonly document: JobDocument;
  /** How messages call it; nothing for the job's own document. */
  readonly origin?: string;
  /** The file that it stands in, and where in the file. */
  readonly file?: YamlDocument;
  readonly at?: DocumentPath;
}

/** A job's document as its layers, lowest first: itself, one of its environments, overrides. */
export function layersOf(
  document: JobDocument,
  options: {
    readonly file?: YamlDocument | undefined;
    readonly environment?: string | undefined;
    readonly overrides?: JobDocument | undefined;
  },
): { readonly layers: readonly SpecLayer[]; readonly problems: readonly SpecProblem[] } {
  // Tests are no part of a running job: `job-tests.ts` reads them for those who run them.
  const { environments, tests: _, ...base } = document;
  const file = options.file === undefined ? {} : { file: options.file };
  const layers: SpecLayer[] = [{ document: base, ...file }];
  const problems: SpecProblem[] = [...environmentProblems(environments)];
  if (options.environment !== undefined) {
    const chosen = valueAt(environments, [options.environment]);
    if (isMap(chosen)) {
      const at = ['environments', options.environment];
      layers.push({ document: chosen, origin: `environment ${options.environment}`, ...file, at });
    } else if (chosen === undefined) {
      problems.push({ path: ['environments'], message: unknownEnvironment(options.environment, environments) });
    }
  }
  if (options.overrides !== undefined) layers.push({ document: options.overrides, origin: 'override' });
  return { layers, problems };
}

/** The one document that the layers come to, references and all. */
export function mergeLayers(layers: readonly SpecLayer[]): JobDocument {
  const [base, ...overlays] = layers.map((layer): unknown => layer.document);
  const merged = overlays.reduce((lower, upper) => overlay(lower, upper), base);
  return isMap(merged) ? merged : {};
}

/** The names of a document's environments. */
export function environmentNames(document: JobDocument): readonly string[] {
  return isMap(document['environments']) ? Object.keys(document['environments']) : [];
}

function environmentProblems(environments: unknown): SpecProblem[] {
  if (environments === undefined) return [];
  const message = 'expected a map from environment to the keys that differ in it';
  if (!isMap(environments)) return [{ path: ['environments'], message }];
  return Object.entries(environments).flatMap(([name, value]) =>
    isMap(value) ? [] : [{ path: ['environments', name], message: 'expected a map of the keys that differ' }],
  );
}

function unknownEnvironment(name: string, environments: unknown): string {
  const known = isMap(environments) ? Object.keys(environments) : [];
  if (known.length === 0) return `there is no environment ${name}; the job has none`;
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `expected one of ${known.join(', ')}` : `did you mean ${nearest}?`;
  return `there is no environment ${name}; ${hint}`;
}

/** Where a problem comes from: the uppermost layer that has the value, else the job's own document. */
export function placeProblem(layers: readonly SpecLayer[], path: DocumentPath, message: string): SpecProblem {
  const layer =
    layers.findLast(({ document }) => valueAt(document, path) !== undefined) ??
    layers.find((l) => l.origin === undefined);
  if (layer === undefined) return { path, message };
  const origin = layer.origin === undefined ? {} : { origin: layer.origin };
  if (layer.file === undefined) return { path, message, ...origin };
  const key = message.startsWith('unknown key') ? 'key' : undefined;
  return { path, message, ...origin, ...layer.file.locate([...(layer.at ?? []), ...path], key) };
}
