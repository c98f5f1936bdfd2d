import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EnginePool } from '../../../src/engine/engine-pool.ts';
import { childProcesses } from '../../support/child-processes.ts';
import type { TestTask } from '../../support/engine-child.ts';

const childEntry = fileURLToPath(new URL('../../support/engine-child.ts', import.meta.url));
const never = new AbortController().signal;
let scratchRoot: string;
let pool: EnginePool;

beforeEach(async () => {
  scratchRoot = await mkdtemp(join(tmpdir(), 'bronze-pool-'));
  pool = new EnginePool({ size: 1, childEntry, recycleAboveBytes: 1e12, scratchRoot });
});

afterEach(async () => {
  await pool.close();
  await rm(scratchRoot, { recursive: true, force: true });
});

const run = <R>(task: TestTask, signal = never): Promise<R> => pool.run<R>(() => task, signal);
const hang = (signal: AbortSignal, onStart: (pid: number) => void): Promise<unknown> =>
  pool.run(
    (scratchFolder) => ({ kind: 'hang', scratchFolder }) satisfies TestTask,
    signal,
    (progress) => onStart((progress as { pid: number }).pid),
  );

describe('the engine pool', () => {
  it('keeps a process for the next task, also after a task that failed', async () => {
    const first = await run<number>({ kind: 'pid' });
    await expect(run({ kind: 'fail' })).rejects.toMatchObject({
      code: 'OFFSETS_LOST',
      message: 'the offsets are gone',
    });
    expect(await run<number>({ kind: 'pid' })).toBe(first);
  });

  it('takes a process that was started before the first task', async () => {
    pool.warmUp();
    pool.warmUp();
    const started = await childProcesses(process.pid, childEntry);
    expect(started).toHaveLength(1);
    expect(await run<number>({ kind: 'pid' })).toBe(started[0]);
  });

  it('tells that a process cannot be started, and starts the next one', async () => {
    const { execPath } = process;
    process.execPath = join(scratchRoot, 'no-such-program');
    try {
      await expect(run({ kind: 'pid' })).rejects.toMatchObject({
        code: 'ENGINE_CRASHED',
        message: expect.stringContaining('could not be started') as string,
      });
    } finally {
      process.execPath = execPath;
    }
    expect(await run({ kind: 'echo', text: 'works' })).toBe('works');
  });

  it('tells of a crash, and goes on with a fresh process', async () => {
    const first = await run<number>({ kind: 'pid' });
    await expect(run({ kind: 'crash' })).rejects.toMatchObject({ code: 'ENGINE_CRASHED' });
    const next = await run<number>({ kind: 'pid' });
    expect(next).not.toBe(first);
    expect(await run({ kind: 'echo', text: 'works' })).toBe('works');
  });

  it('tells of a process that is killed in the middle of its task', async () => {
    const { promise: started, resolve } = Promise.withResolvers<number>();
    const task = hang(never, resolve);
    process.kill(await started, 'SIGKILL');
    await expect(task).rejects.toMatchObject({ code: 'ENGINE_CRASHED' });
    await expect(task).rejects.toThrow('memory');
    expect(readdirSync(scratchRoot)).toEqual([]);
    expect(await run({ kind: 'echo', text: 'works' })).toBe('works');
  });

  it('ends the process of an aborted task before the scratch folder goes', async () => {
    const abort = new AbortController();
    const { promise: started, resolve } = Promise.withResolvers<number>();
    const task = hang(abort.signal, resolve);
    const pid = await started;
    abort.abort(new Error('no longer wanted'));
    await expect(task).rejects.toThrow('no longer wanted');
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(readdirSync(scratchRoot)).toEqual([]);
  });

  it('lets an aborted task withdraw what it has begun elsewhere', async () => {
    const abort = new AbortController();
    const { promise: started, resolve } = Promise.withResolvers<undefined>();
    const file = join(scratchRoot, 'withdrawn');
    const task = pool.run(
      () => ({ kind: 'withdraw', file }) satisfies TestTask,
      abort.signal,
      () => resolve(undefined),
    );
    await started;
    abort.abort(new Error('no longer wanted'));
    await expect(task).rejects.toThrow('no longer wanted');
    expect(existsSync(file)).toBe(true);
  });

  it('gives up waiting for a turn when the task is aborted', async () => {
    const [busy, waiting] = [new AbortController(), new AbortController()];
    const { promise: started, resolve } = Promise.withResolvers<number>();
    const first = hang(busy.signal, resolve);
    await started;
    const second = run({ kind: 'echo', text: 'never' }, waiting.signal);
    const third = run({ kind: 'echo', text: 'third' });
    waiting.abort(new Error('gave up'));
    await expect(second).rejects.toThrow('gave up');
    busy.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    expect(await third).toBe('third');
  });

  it('replaces a process that holds too much memory', async () => {
    await using small = {
      pool: new EnginePool({ size: 1, childEntry, recycleAboveBytes: 1, scratchRoot: join(scratchRoot, 'small') }),
      [Symbol.asyncDispose]: () => small.pool.close(),
    };
    const pids = [
      await small.pool.run(() => ({ kind: 'pid' }), never),
      await small.pool.run(() => ({ kind: 'pid' }), never),
    ];
    expect(pids[0]).not.toBe(pids[1]);
  });

  it('leaves neither processes nor files behind when it closes, and calls that no crash', async () => {
    const { promise: started, resolve } = Promise.withResolvers<number>();
    const task = hang(never, resolve);
    const pid = await started;
    const failure = expect(task).rejects.toMatchObject({ code: 'WORKER_STOPPING' });
    await pool.close();
    await failure;
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    expect(existsSync(scratchRoot)).toBe(false);
  });

  it('starts no process once it is closed, not for a task that was about to start either', async () => {
    const refused = [run({ kind: 'pid' }), run({ kind: 'pid' })].map((task) =>
      expect(task).rejects.toMatchObject({ code: 'WORKER_STOPPING' }),
    );
    await Promise.all([pool.close(), ...refused]);
    await expect(run({ kind: 'pid' })).rejects.toMatchObject({ code: 'WORKER_STOPPING' });
    expect(existsSync(scratchRoot)).toBe(false);
  });

  it('ends its processes when the program that holds it is killed', async () => {
    const owner = fileURLToPath(new URL('../../support/engine-pool-owner.ts', import.meta.url));
    const program = spawn(process.execPath, [owner, scratchRoot], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(program.stdout, 'data')) as [Buffer];
    const pid = Number(line.toString());
    expect(process.kill(pid, 0)).toBe(true);
    program.kill('SIGKILL');
    await expect.poll(() => isRunning(pid)).toBe(false);
  });
});

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
