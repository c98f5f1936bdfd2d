import { join } from 'node:path';
import { BronzeError } from '../errors.ts';
import { findOnPath, runCommand } from './run-command.ts';

/** A server that Java runs, for messages. */
export interface JavaServer {
  readonly title: string;
  /** How to do without it, to be read after "or". */
  readonly alternatives: string;
}

/** Java 17 or newer: of JAVA_HOME, else on PATH. @throws BronzeError PREREQUISITE_MISSING. */
export async function findJava(env: NodeJS.ProcessEnv, { title, alternatives }: JavaServer): Promise<string> {
  const home = env['JAVA_HOME'];
  const candidates = [
    home === undefined || home === '' ? undefined : join(home, 'bin', 'java'),
    await findOnPath('java', env),
  ];
  let found = 'Java is missing';
  for (const java of candidates) {
    if (java === undefined) continue;
    const { exitCode, output } = await runCommand(java, ['-version']);
    const major = Number(/version "(\d+)/.exec(output)?.[1]);
    if (exitCode === 0 && major >= 17) return java;
    if (exitCode === 0) found = `the Java of this machine is version ${major}`;
  }
  throw new BronzeError(
    'PREREQUISITE_MISSING',
    `${title} needs Java 17 or newer and ${found}: install one (apt install openjdk-17-jre-headless, brew install openjdk, ` +
      `https://adoptium.net), or ${alternatives}.`,
  );
}
