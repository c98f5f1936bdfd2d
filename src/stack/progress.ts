/** Tells people what happens, one line each. */
export type Log = (line: string) => void;

export interface ProgressStream {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const clearLine = '\r\u001B[2K';

/** Work that goes on now; on a terminal all of it shares one line. */
const running = new Map<symbol, { readonly label: string; readonly startedAtMs: number }>();

/** A log that writes to a stream and does not tear the line of running work. */
export function logTo(stream: ProgressStream): Log {
  return (line) => stream.write(stream.isTTY === true ? `${clearLine}${line}\n` : `${line}\n`);
}

/**
 * Runs long work and shows that it goes on: on a terminal a spinner with the elapsed seconds, elsewhere a line at the
 * beginning and then one every 30 seconds.
 */
export async function withProgress<T>(
  label: string,
  log: Log,
  work: () => Promise<T>,
  stream: ProgressStream = process.stderr,
): Promise<T> {
  const id = Symbol(label);
  const task = { label, startedAtMs: performance.now() };
  running.set(id, task);
  const onTerminal = stream.isTTY === true;
  if (!onTerminal) log(`${label} …`);
  const timer = setInterval(
    () => {
      if (onTerminal) stream.write(`${clearLine}${spinnerLine()}`);
      else log(`${elapsedOf(task)}, still working`);
    },
    onTerminal ? 100 : 30_000,
  );
  try {
    return await work();
  } finally {
    clearInterval(timer);
    running.delete(id);
    if (onTerminal) stream.write(clearLine);
  }
}

function spinnerLine(): string {
  const frame = frames[Math.floor(performance.now() / 100) % frames.length] ?? '';
  return `${frame} ${[...running.values()].map(elapsedOf).join(' · ')}`;
}

function elapsedOf(task: { readonly label: string; readonly startedAtMs: number }): string {
  return `${task.label}: ${Math.round((performance.now() - task.startedAtMs) / 1000)} s`;
}
