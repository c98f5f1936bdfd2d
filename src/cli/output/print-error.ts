import { BronzeError, errorMessage } from '../../errors.ts';
import { errorColors } from './messages.ts';

const kafkaHint =
  'Does Kafka run, and at this address? Start one with "npm start" or "bronze stack up", or set KAFKA_BOOTSTRAP_SERVERS.';

/** `error [CODE] message` on stderr; with `debug` the stack and the causes too. */
export function printError(error: unknown, debug: boolean): void {
  const code = error instanceof BronzeError ? error.code : 'INTERNAL';
  process.stderr.write(`${errorColors.red('error')} [${code}] ${errorMessage(error).trim()}\n`);
  if (code === 'KAFKA_UNAVAILABLE') process.stderr.write(`${kafkaHint}\n`);
  if (debug) {
    for (let at: unknown = error; at instanceof Error; at = at.cause) {
      process.stderr.write(`${at === error ? '' : 'caused by '}${at.stack ?? at.message}\n`);
    }
  } else if (!(error instanceof BronzeError)) {
    process.stderr.write('This is a bug, or something that was not foreseen; run again with --debug to see where.\n');
  }
}
