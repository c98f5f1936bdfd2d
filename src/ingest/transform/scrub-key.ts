import { createHash } from 'node:crypto';
import type { EngineSession } from '../../engine/session.ts';
import { BronzeError } from '../../errors.ts';
import type { JobSpec } from '../../model/job/job-spec.ts';
import { hmacVariables } from '../../transform/digest-sql.ts';

const blockBytes = 64;

/**
 * Gives the engine the key that the job hashes with. Here, and nowhere earlier, the reference becomes a secret; the
 * user's SQL cannot read it. Throws SPEC_INVALID where the variable is not set.
 */
export async function setScrubKey(
  session: EngineSession,
  { name, steps: { scrub } }: JobSpec,
  env: NodeJS.ProcessEnv,
): Promise<void> {
  if (scrub?.hmacKey === undefined) return;
  const variable = /^\$\{(\w+)\}$/.exec(scrub.hmacKey)?.[1];
  const secret = variable === undefined ? undefined : env[variable];
  if (variable === undefined || secret === undefined || secret === '') {
    throw new BronzeError(
      'SPEC_INVALID',
      `job ${name}: environment variable ${variable ?? ''}, named in steps.scrub.hmacKey, is not set`,
    );
  }
  for (const [which, byte] of [
    ['inner', 0x36],
    ['outer', 0x5c],
  ] as const) {
    const hex = padded(secret, byte).toString('hex');
    await session.run(`SET VARIABLE ${hmacVariables[which]} = unhex('${hex}')`, 'set the key of steps.scrub');
  }
}

/** RFC 2104, section 2. */
function padded(secret: string, byte: number): Buffer {
  const given = Buffer.from(secret);
  const key = given.length > blockBytes ? createHash('sha256').update(given).digest() : given;
  return Buffer.alloc(blockBytes, 0).map((_, index) => (key[index] ?? 0) ^ byte) as Buffer;
}
