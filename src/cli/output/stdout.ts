import { once } from 'node:events';

/**
 * Ends the process quietly when the reader of stdout has gone (`bronze query … | head`), as other tools do. Any other
 * failure to write is an error.
 */
export function endQuietlyOnClosedPipe(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(0);
      throw error;
    });
  }
}

/** Writes data and waits while the reader is slower than the writer. */
export async function writeData(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}

export async function writeLine(line: string): Promise<void> {
  await writeData(`${line}\n`);
}
