import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readStackState, writeStackState } from '../../../src/stack/stack-state.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

test('the state is read as it was written', async () => {
  const folder = join(await scratchFolder(), 'made', 'when', 'missing');
  const state = {
    kafka: { kind: 'process' as const, pid: 7, startMark: '99', ports: [9094, 9095], origin: 'the cache' },
  };
  await writeStackState(folder, state);
  expect(await readStackState(folder)).toEqual(state);
});

test('a state file that is missing or broken means that nothing was started', async () => {
  const folder = await scratchFolder();
  expect(await readStackState(folder)).toEqual({});
  await writeFile(join(folder, 'stack.json'), '{"kafka": {"kind": "pro');
  expect(await readStackState(folder)).toEqual({});
  await writeFile(join(folder, 'stack.json'), '{"kafka": {"kind": "process", "pid": "seven"}}');
  expect(await readStackState(folder)).toEqual({});
});
