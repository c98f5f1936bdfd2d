import { BronzeError, errorMessage } from '../../errors.ts';
import type { ListedCheckpoint } from '../log/listed-checkpoint.ts';

/** A checkpoint that cannot be read, as opposed to other trouble with the log: an older one may do. */
export class UnreadableCheckpoint extends BronzeError {
  readonly paths: readonly string[];

  constructor({ paths }: ListedCheckpoint, cause: unknown) {
    const [what = ''] = errorMessage(cause).split('\n');
    super('TABLE_CORRUPT', what, { cause });
    this.paths = paths;
  }
}

/** What reading a checkpoint threw. */
export function checkpointFailure(checkpoint: ListedCheckpoint, error: unknown): unknown {
  const isBroken = error instanceof BronzeError && error.code === 'TABLE_CORRUPT';
  return isBroken && !(error instanceof UnreadableCheckpoint) ? new UnreadableCheckpoint(checkpoint, error) : error;
}
