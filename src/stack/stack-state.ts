import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const port = z.int().min(1).max(65_535);

const processRecord = z.object({
  kind: z.literal('process'),
  pid: z.int(),
  startMark: z.string(),
  ports: z.array(port).min(1),
  origin: z.string(),
});

const containerRecord = z.object({
  kind: z.literal('container'),
  project: z.string(),
  ports: z.array(port).min(1),
  origin: z.string(),
});

const serverRecord = z.discriminatedUnion('kind', [processRecord, containerRecord]);

const stackState = z.object({
  kafka: serverRecord.optional(),
  temporal: serverRecord.optional(),
  s3: serverRecord.optional(),
  registry: serverRecord.optional(),
});

/** What the stack of a state folder has started. A record may outlive its server; see `isRunning`. */
export type StackState = z.infer<typeof stackState>;
export type ServerRecord = z.infer<typeof serverRecord>;
export type ProcessRecord = z.infer<typeof processRecord>;

/** The state of a folder; empty where nothing was started or the file cannot be read. */
export async function readStackState(stateFolder: string): Promise<StackState> {
  try {
    return stackState.parse(JSON.parse(await readFile(stateFile(stateFolder), 'utf8')));
  } catch {
    return {};
  }
}

/** Replaces the state at once, so that no reader sees half of it. */
export async function writeStackState(stateFolder: string, state: StackState): Promise<void> {
  await mkdir(stateFolder, { recursive: true });
  const written = `${stateFile(stateFolder)}.${process.pid}.new`;
  await writeFile(written, `${JSON.stringify(state, null, 2)}\n`);
  await rename(written, stateFile(stateFolder));
}

function stateFile(stateFolder: string): string {
  return join(stateFolder, 'stack.json');
}
