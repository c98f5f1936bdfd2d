import { z } from 'zod';
import { BronzeError, errorMessage } from '../../errors.ts';
import type { BinaryParse, SchemaReference } from '../../model/job/binary-parse.ts';

const referenceSchema = z.object({ name: z.string(), subject: z.string(), version: z.number() });
const schemaSchema = z.object({
  schema: z.string(),
  /** Avro where it is absent. */
  schemaType: z.string().nullish(),
  references: z.array(referenceSchema).nullish(),
});

/** A format as registries call it. */
export function registryType(format: BinaryParse['format']): string {
  return format === 'jsonSchema' ? 'JSON' : format.toUpperCase();
}

export interface RegisteredSchema {
  /** `AVRO`, `PROTOBUF`, `JSON`. */
  readonly type: string;
  readonly text: string;
  /** First those that need no others. */
  readonly references: readonly SchemaReference[];
}

/** `name:password` of the registry, in the environment of the worker, so that it is in no job and no history. */
const credentialsVariable = 'SCHEMA_REGISTRY_BASIC_AUTH';

const requestTimeoutMs = 10_000;

/** What an id of a registry stands for never changes: it is asked for once in the life of a process. */
const schemasByUrl = new Map<string, Map<number, RegisteredSchema>>();

/** Schemas of a Schema Registry, by Confluent's REST API. */
export class RegistryClient {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, env: Readonly<Record<string, string | undefined>>) {
    const credentials = env[credentialsVariable] ?? '';
    this.#url = url;
    this.#headers = {
      accept: 'application/vnd.schemaregistry.v1+json, application/json',
      ...(credentials === '' ? {} : { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` }),
    };
  }

  /** `undefined` where the registry knows no such id. @throws BronzeError REGISTRY_UNAVAILABLE. */
  async schemaOf(id: number, signal?: AbortSignal): Promise<RegisteredSchema | undefined> {
    const known = schemasByUrl.get(this.#url) ?? new Map<number, RegisteredSchema>();
    schemasByUrl.set(this.#url, known);
    const schema = known.get(id) ?? (await this.#schemaAt(`/schemas/ids/${id}`, signal));
    if (schema !== undefined) known.set(id, schema);
    return schema;
  }

  /** `undefined` where the registry knows no such subject. @throws BronzeError REGISTRY_UNAVAILABLE. */
  async latestOf(subject: string, signal?: AbortSignal): Promise<RegisteredSchema | undefined> {
    return this.#schemaAt(`/subjects/${encodeURIComponent(subject)}/versions/latest`, signal);
  }

  async #schemaAt(path: string, signal?: AbortSignal): Promise<RegisteredSchema | undefined> {
    const found = await this.#get(path, signal);
    if (found === undefined) return undefined;
    const references = new Map<string, string>();
    await this.#collect(found.references ?? [], references, signal);
    return {
      type: found.schemaType ?? 'AVRO',
      text: found.schema,
      references: [...references].map(([name, text]) => ({ name, text })),
    };
  }

  async #collect(
    wanted: readonly z.output<typeof referenceSchema>[],
    found: Map<string, string>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    for (const { name, subject, version } of wanted) {
      if (found.has(name)) continue;
      const path = `/subjects/${encodeURIComponent(subject)}/versions/${version}`;
      const schema = await this.#get(path, signal);
      if (schema === undefined) throw this.#unavailable(`version ${version} of ${subject}, which a schema refers to`);
      await this.#collect(schema.references ?? [], found, signal);
      found.set(name, schema.schema);
    }
  }

  async #get(path: string, signal: AbortSignal | undefined): Promise<z.output<typeof schemaSchema> | undefined> {
    const timeout = AbortSignal.timeout(requestTimeoutMs);
    let response: Response;
    let body: unknown;
    try {
      const either = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
      response = await fetch(`${this.#url}${path}`, { headers: this.#headers, signal: either });
      body = await response.json();
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#unavailable(`${path}: ${causeOf(error)}`, error);
    }
    // A proxy's 404 has no error code of the registry.
    const isRegistry = z.object({ error_code: z.number() }).safeParse(body).success;
    if (response.status === 404 && isRegistry) return undefined;
    const schema = schemaSchema.safeParse(body);
    if (response.ok && schema.success) return schema.data;
    throw this.#unavailable(`${path}: status ${response.status}`);
  }

  #unavailable(problem: string, cause?: unknown): BronzeError {
    return new BronzeError('REGISTRY_UNAVAILABLE', `no answer from the Schema Registry ${this.#url}: ${problem}`, {
      cause,
    });
  }
}

/** What `fetch` failed at is in the cause of its error. */
function causeOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? error.cause.message : errorMessage(error);
}
