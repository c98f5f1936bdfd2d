import type { JobSpec } from '../model/job/job-spec.ts';
import { tableSchema } from '../transform/table-schema.ts';

/** The columns of a trial that say which record a row was. */
export interface Coordinates {
  readonly partition: string;
  readonly offset: string;
}

/** The job with two further metadata columns, whether or not its table has such columns of its own. */
export function withCoordinates(spec: JobSpec): { readonly trialSpec: JobSpec; readonly coordinates: Coordinates } {
  const taken = new Set(tableSchema(spec).fields.map(({ name }) => name.toLowerCase()));
  const free = (name: string): string => (taken.has(name) ? free(`${name}_`) : name);
  const coordinates = { partition: free('_trial_partition'), offset: free('_trial_offset') };
  const { metadata } = spec.steps;
  const columns = [
    ...metadata.columns,
    { name: coordinates.partition, source: 'partition' },
    { name: coordinates.offset, source: 'offset' },
  ] as const;
  return { trialSpec: { ...spec, steps: { ...spec.steps, metadata: { ...metadata, columns } } }, coordinates };
}
