import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BronzeError } from '../../src/errors.ts';
import { startStack, type RunningStack } from '../../src/stack/start-stack.ts';
import type { StackOwner } from './servers.ts';
import { wardStack } from './stack-warden.ts';

/**
 * A Schema Registry: the one that SCHEMA_REGISTRY_URL names, else one of the test's own, gone when the test has finished.
 * Where its program cannot be had on this machine, the reason.
 */
export async function startRegistry(owner: StackOwner): Promise<RunningStack | string> {
  const stateFolder = await mkdtemp(join(tmpdir(), 'kafka-bronze-registry-'));
  owner.onTestFinished(wardStack(stateFolder), 60_000);
  try {
    return await startStack({ stateFolder, use: 'temporary', servers: ['registry'] });
  } catch (error) {
    if (error instanceof BronzeError && error.code === 'PREREQUISITE_MISSING') return error.message;
    throw error;
  }
}

/** Registers a schema, and gives its id. */
export async function registerSchema(
  registry: string,
  subject: string,
  schema: { readonly schema: string; readonly schemaType?: 'PROTOBUF' | 'JSON' },
): Promise<number> {
  const answer = await fetch(`${registry}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify(schema),
  });
  const body = (await answer.json()) as { readonly id?: number };
  if (body.id === undefined) throw new Error(`the registry did not take ${subject}: ${JSON.stringify(body)}`);
  return body.id;
}
