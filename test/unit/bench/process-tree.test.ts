import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setInterval } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { watchProcessTree } from '../../../bench/process-tree.ts';

const megabyte = 1_000_000;

/** A parent that waits for a child, which burns CPU time, and holds memory until the end of their standard input. */
const childScript = `
  const held = Buffer.alloc(150_000_000, 1);
  while (process.cpuUsage().user < 300_000) for (let turn = 0; turn < 1e6; turn++);
  console.log('holding');
  process.stdin.resume().on('end', () => held.at(0));
`;
const parentScript = `
  const { spawn } = require('node:child_process');
  spawn(process.execPath, ['-e', ${JSON.stringify(childScript)}], { stdio: 'inherit' });
`;

/** Timers of one thread come in turn, however late: so the watch has looked several times. */
async function whileWatchLooks(): Promise<void> {
  let turns = 0;
  for await (const _ of setInterval(100)) if (++turns === 8) return;
}

describe.skipIf(process.platform !== 'linux')('watchProcessTree', () => {
  it('sees memory and CPU time of a descendant, and keeps both when it has ended', async () => {
    const parent = spawn(process.execPath, ['-e', parentScript], { stdio: ['pipe', 'pipe', 'ignore'] });
    const watch = watchProcessTree(parent.pid ?? 0);
    await once(parent.stdout, 'data');
    await whileWatchLooks();
    parent.stdin.end();
    await once(parent, 'exit');
    const usage = watch.stop();
    expect(usage.cpuSeconds).toBeGreaterThan(0.25);
    expect(usage.peakMemoryBytes).toBeGreaterThan(150 * megabyte);
    expect(usage.peakMemoryBytes).toBeLessThan(450 * megabyte);
    const largest = Math.max(...usage.processes.map(({ peakRssBytes }) => peakRssBytes));
    expect(largest).toBeGreaterThan(150 * megabyte);
  });

  it('counts only what was used while it watched', async () => {
    const busy = spawn(process.execPath, [
      '-e',
      'setInterval(() => {}, 1000); const t = Date.now(); while (Date.now() - t < 500); console.log(1)',
    ]);
    await once(busy.stdout, 'data');
    const watch = watchProcessTree(busy.pid ?? 0);
    const usage = watch.stop();
    busy.kill();
    expect(usage.cpuSeconds).toBeLessThan(0.2);
  });
});
