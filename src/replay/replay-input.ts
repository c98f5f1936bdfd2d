import { z } from 'zod';
import { BronzeError } from '../errors.ts';
import type { ReplayChoice } from '../model/requests/replay-requests.ts';

const replayInput = z.strictObject({
  job: z.union([z.string(), z.record(z.string(), z.unknown())]),
  topics: z.array(z.string().min(1)).min(1).exactOptional(),
  where: z.string().min(1).exactOptional(),
  toTopic: z.string().min(1).exactOptional(),
  limit: z.number().int().min(1).exactOptional(),
  all: z.boolean().exactOptional(),
  again: z.boolean().exactOptional(),
  timestamp: z.enum(['original', 'now']).exactOptional(),
});

/** What somebody gave to the workflow. Throws USAGE, naming what is wrong. */
export function readReplayChoice(input: unknown): ReplayChoice {
  const parsed = replayInput.safeParse(input);
  if (parsed.success) return parsed.data;
  const problem = z.prettifyError(parsed.error).replaceAll('\n', ' ');
  throw new BronzeError('USAGE', `the input of deadLetterReplay is not valid: ${problem}`);
}
