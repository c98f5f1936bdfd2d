import pc from 'picocolors';

/** stderr is for people: progress, notes, warnings, errors. stdout is for data alone. */
export const errorColors: ReturnType<typeof pc.createColors> = colorsFor(process.stderr);

/** Colours for data printed as a table. */
export const dataColors: ReturnType<typeof pc.createColors> = colorsFor(process.stdout);

/** Colours only on a terminal, and never with `NO_COLOR` set (https://no-color.org). */
function colorsFor(stream: NodeJS.WriteStream): ReturnType<typeof pc.createColors> {
  const refused = (process.env['NO_COLOR'] ?? '') !== '' || process.argv.includes('--no-color');
  const forced = (process.env['FORCE_COLOR'] ?? '') !== '' && process.env['FORCE_COLOR'] !== '0';
  return pc.createColors(!refused && (forced || stream.isTTY));
}

export function printMessage(message: string): void {
  process.stderr.write(`${message}\n`);
}
