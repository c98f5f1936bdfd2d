import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { engineInfo } from '../../../src/model/engine-info.ts';

it('names the version of the package', async () => {
  const manifest: unknown = JSON.parse(await readFile(new URL('../../../package.json', import.meta.url), 'utf8'));
  expect(manifest).toMatchObject({ version: engineInfo.replace('kafka-bronze/', '') });
});
