import { constants, copyFile, link, mkdir, open, rename, unlink } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import { systemErrorCode } from './storage-errors.ts';

const temporaryName = /^\.[^/]*\.[0-9a-f-]{36}\.tmp$/;

/** Was this file made by {@link temporaryBeside}? A crash can leave one behind; nothing ever reads it. */
export function isTemporaryName(name: string): boolean {
  return temporaryName.test(name);
}

/** A hidden name in the folder of `file`, so that both are on one file system and can be linked. */
function temporaryBeside(file: string): string {
  return join(dirname(file), `.${basename(file).slice(0, 100)}.${randomUUID()}.tmp`);
}

/** Writes `bytes` to a new temporary file beside `file`, durable, and returns its path. */
export async function writeTemporary(file: string, bytes: Uint8Array): Promise<string> {
  await makeFolder(dirname(file));
  const temporary = temporaryBeside(file);
  try {
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    await removeQuietly(temporary);
    throw error;
  }
  return temporary;
}

/** Gives `source` the name `file` as well, durable; false when that name is taken. Never replaces a file. */
export async function linkIfAbsent(source: string, file: string): Promise<boolean> {
  try {
    await link(source, file);
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
  await sync(dirname(file));
  return true;
}

/** Moves `source` to `file`, replacing what is there, durable. */
export async function replace(source: string, file: string): Promise<void> {
  await rename(source, file);
  await sync(dirname(file));
}

/** A durable file with the content of `source` on the file system of `file`: `source` itself where that is the same. */
export async function bringBeside(source: string, file: string): Promise<string> {
  await makeFolder(dirname(file));
  const temporary = temporaryBeside(file);
  try {
    await link(source, temporary);
  } catch (error) {
    if (systemErrorCode(error) !== 'EXDEV') throw error;
    await copyFile(source, temporary, constants.COPYFILE_EXCL);
  }
  await sync(temporary);
  return temporary;
}

export async function removeQuietly(file: string): Promise<void> {
  await unlink(file).catch(() => undefined);
}

/** Creates a folder and those above it; the new names are durable. */
async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) await sync(dirname(made));
}

/** A name is durable only once its folder is synced as well. */
async function sync(fileOrFolder: string): Promise<void> {
  const handle = await open(fileOrFolder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
