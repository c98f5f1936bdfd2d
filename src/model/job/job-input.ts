/** A job's document in the form that people write as YAML, whole or in part; `src/spec` validates it. */
export type JobDocument = Readonly<Record<string, unknown>>;

/** A job by name, with an overlay of its file and further overrides on top. */
export interface JobReference {
  readonly job: string;
  readonly environment?: string;
  readonly overrides?: JobDocument;
}

/** What `ingestionJob` takes: a job's name, a reference, or a whole document inline (it has a `source`). */
export type JobInput = string | JobReference | JobDocument;

export function isJobReference(input: JobReference | JobDocument): input is JobReference {
  return typeof input['job'] === 'string';
}
