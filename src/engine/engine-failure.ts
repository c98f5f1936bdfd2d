import { BronzeError, errorMessage } from '../errors.ts';

/** DuckDB's error as ours. Its messages may quote records, which no history or log may hold: quoted parts are cut. */
export function engineFailure(error: unknown, doing: string): BronzeError {
  if (error instanceof BronzeError) return error;
  const message = errorMessage(error);
  return new BronzeError(codeOf(message), `${doing}: ${withoutData(message)}`);
}

type EngineErrorCode = 'ENGINE_OUT_OF_MEMORY' | 'STORAGE_UNAVAILABLE' | 'PIPELINE_INVALID' | 'INTERNAL';

function codeOf(message: string): EngineErrorCode {
  if (/^Out of Memory Error|failed to allocate|bad_alloc/i.test(message)) return 'ENGINE_OUT_OF_MEMORY';
  // The statement itself is at fault, whatever the records are.
  if (/^(Parser|Binder|Catalog|Permission|Not implemented) Error/i.test(message)) return 'PIPELINE_INVALID';
  return message.startsWith('IO Error') ? 'STORAGE_UNAVAILABLE' : 'INTERNAL';
}

function withoutData(message: string): string {
  const [first = ''] = message.split('\n');
  return first
    .replace(/(?:Input: ).*/s, '')
    .replaceAll(/"[^"]*"?|'[^']*'?/g, '…')
    .slice(0, 300);
}
