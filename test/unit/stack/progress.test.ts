import { expect, test } from 'vitest';
import { logTo, withProgress } from '../../../src/stack/progress.ts';

test('off a terminal, long work is announced by a line', async () => {
  const written: string[] = [];
  const stream = { isTTY: false, write: (text: string) => written.push(text) };
  expect(await withProgress('Building Temporal', logTo(stream), () => Promise.resolve(7), stream)).toBe(7);
  expect(written).toEqual(['Building Temporal …\n']);
});

test('on a terminal, long work has a line that goes away, and other lines do not tear it', async () => {
  const written: string[] = [];
  let onSpin = (): void => undefined;
  const spun = new Promise<void>((resolve) => (onSpin = resolve));
  const stream = {
    isTTY: true,
    write: (text: string) => {
      written.push(text);
      if (text.includes('Building Temporal: 0 s')) onSpin();
    },
  };
  const log = logTo(stream);
  await withProgress('Building Temporal', log, () => spun, stream);
  log('Temporal is built');
  expect(written.at(-2)).toBe('\r\u001B[2K');
  expect(written.at(-1)).toBe('\r\u001B[2KTemporal is built\n');
});
