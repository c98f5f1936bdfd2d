import type { Log } from './progress.ts';
import type { ServerName } from './server-name.ts';
import type { Launch } from './server-process.ts';

/** A server's program, ready to run on this machine. */
export interface ServerProgram {
  /** What was chosen and where it came from, e.g. `Kafka 4.1.0 from the cache`. */
  readonly origin: string;
  /** The launch in `folder`, which keeps the server's state; makes the folder ready for it first. */
  prepareLaunch(folder: string, ports: readonly number[]): Promise<Launch>;
}

/** What the stack must know of a kind of server. */
export interface ServerKind {
  readonly name: ServerName;
  /** One attempt to get an answer from a server of this machine; throws while there is none. */
  probe(address: string): Promise<void>;
  readonly readyTimeoutMs: number;
  readonly stopTimeoutMs: number;
  /** Finds the program on PATH or in the cache, or fetches it. */
  findProgram(context: ProgramContext): Promise<ServerProgram>;
}

export interface ProgramContext {
  readonly env: NodeJS.ProcessEnv;
  readonly cache: string;
  readonly log: Log;
}
