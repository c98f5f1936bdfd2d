import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { newScratchRoot, sweepScratchRoots } from '../../../src/engine/scratch-root.ts';

test('scratch folders are swept once their process has ended, and no others', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'kafka-bronze-sweep-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const ended = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
  await once(ended, 'exit');

  const own = newScratchRoot(folder);
  const ofEnded = own.replace(`.${process.pid}.`, `.${String(ended.pid)}.`);
  const ofParent = own.replace(`.${process.pid}.`, `.${process.ppid}.`);
  const ofOtherHost = ofEnded.replace(`.${hostname()}.`, '.elsewhere.');
  const ofEarlierWithSamePid = own.replace(/\.\d+\.([\da-f-]{36})$/, '.1.$1');
  const foreign = join(folder, 'kafka-bronze-lake');
  for (const root of [own, ofEnded, ofParent, ofOtherHost, ofEarlierWithSamePid, foreign]) {
    await mkdir(join(root, 'spilled'), { recursive: true });
  }
  await sweepScratchRoots(folder);

  const left = [own, ofParent, ofOtherHost, foreign].map((root) => basename(root));
  expect((await readdir(folder)).toSorted()).toEqual(left.toSorted());
});
