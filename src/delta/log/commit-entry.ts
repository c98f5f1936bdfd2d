import { z } from 'zod';
import { BronzeError, errorMessage } from '../../errors.ts';
import { readAction } from '../action-schema.ts';
import type { Action, CommitInfo } from '../actions.ts';
import { parseExactly, rawNumeral } from './json-numeral.ts';

/** The bytes of a log entry: one action per line (PROTOCOL.md, Delta Log Entries). */
export function printCommit(actions: readonly Action[]): Uint8Array {
  return Buffer.from(actions.map((action) => `${JSON.stringify(wireForm(action))}\n`).join(''));
}

function wireForm(action: Action): unknown {
  return 'txn' in action ? { txn: { ...action.txn, version: rawNumeral(action.txn.version) } } : action;
}

/**
 * The known actions of a log entry or of another file of the log that is made of lines, in order.
 * @param place the file, for messages
 * @throws BronzeError `TABLE_CORRUPT`, with the place and the line.
 */
export function parseCommit(bytes: Uint8Array, place: string): Action[] {
  const actions: Action[] = [];
  let lineNumber = 0;
  for (const line of Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').split('\n')) {
    lineNumber += 1;
    if (line.trim() === '') continue;
    const action = parseActionLine(line, `${place}, line ${lineNumber}`);
    if (action) actions.push(action);
  }
  return actions;
}

/** @throws BronzeError `TABLE_CORRUPT`, naming `place`. */
export function parseActionLine(line: string, place: string): Action | undefined {
  try {
    return readAction(hasExactLongs(line) ? parseExactly(line) : JSON.parse(line));
  } catch (error) {
    const reason =
      error instanceof z.ZodError ? z.prettifyError(error).replaceAll(/\s*\n\s*/g, ' ') : errorMessage(error);
    throw new BronzeError('TABLE_CORRUPT', `${place}: not a valid Delta action: ${reason}`, { cause: error });
  }
}

/** Reading every number's source is slow, and only `txn.version` needs it. */
function hasExactLongs(line: string): boolean {
  return line.includes('"txn"') && /"txn"\s*:\s*\{/.test(line);
}

export function commitInfoOf(actions: readonly Action[]): CommitInfo | undefined {
  for (const action of actions) if ('commitInfo' in action) return action.commitInfo;
  return undefined;
}
