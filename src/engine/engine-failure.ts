import { BronzeError, errorMessage } from '../errors.ts';

/** DuckDB's error as ours. Its messages may quote records, which no history or log may hold: quoted parts are cut. */
export function engineFailure(error: unknown, doing: string): BronzeError {
  if (error instanceof BronzeError) return error;
  const message = errorMessage(error);
  return new BronzeError(codeOf(message), `${doing}: ${withoutData(message)}`);
}

function codeOf(message: string): 'ENGINE_OUT_OF_MEMORY' | 'STORAGE_UNAVAILABLE' | 'INTERNAL' {
  if (/^Out of Memory Error|failed to allocate|bad_alloc/i.test(message)) return 'ENGINE_OUT_OF_MEMORY';
  return message.startsWith('IO Error') ? 'STORAGE_UNAVAILABLE' : 'INTERNAL';
}

function withoutData(message: string): string {
  const [first = ''] = message.split('\n');
  return first
    .replace(/(?:Input: ).*/s, '')
    .replaceAll(/"[^"]*"?|'[^']*'?/g, '…')
    .slice(0, 300);
}
