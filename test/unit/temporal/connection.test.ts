import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { givenTemporalAddress, temporalConnectionOptions } from '../../../src/temporal/connection.ts';
import { scratchFolder } from '../../support/scratch-folder.ts';

const noFile = { TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml' };

test('without any configuration it is the default address and namespace, and no address is given', () => {
  const { connectionOptions, namespace } = temporalConnectionOptions(noFile);
  expect([connectionOptions.address, namespace]).toEqual(['127.0.0.1:7233', 'default']);
  expect(temporalConnectionOptions(noFile, 'local:1').connectionOptions.address).toBe('local:1');
  expect(givenTemporalAddress(noFile)).toBeUndefined();
});

test('variables of the environment are taken, and an empty one counts as not set', () => {
  const env = { ...noFile, TEMPORAL_ADDRESS: 'there:7233', TEMPORAL_NAMESPACE: 'bronze', TEMPORAL_API_KEY: 'key' };
  const { connectionOptions, namespace } = temporalConnectionOptions(env);
  expect(connectionOptions).toMatchObject({ address: 'there:7233', apiKey: 'key', tls: true });
  expect(namespace).toBe('bronze');
  expect(givenTemporalAddress({ ...noFile, TEMPORAL_ADDRESS: '' })).toBeUndefined();
});

test('a profile of temporal.toml is taken, and variables win over it', async () => {
  const file = join(await scratchFolder(), 'temporal.toml');
  await writeFile(file, '[profile.production]\naddress = "production:7233"\nnamespace = "orders"\n');
  const env = { TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'production' };
  expect(temporalConnectionOptions(env)).toMatchObject({
    connectionOptions: { address: 'production:7233' },
    namespace: 'orders',
  });
  expect(givenTemporalAddress(env)).toBe('production:7233');
  expect(givenTemporalAddress({ ...env, TEMPORAL_ADDRESS: 'mine:1' })).toBe('mine:1');
});

test('a configuration that is not valid is a usage error that says what is wrong', async () => {
  const file = join(await scratchFolder(), 'temporal.toml');
  await writeFile(file, '[profile.default\n');
  expect(() => temporalConnectionOptions({ TEMPORAL_CONFIG_FILE: file })).toThrow(
    /Temporal's configuration is not valid/,
  );
  expect(() => temporalConnectionOptions({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_PROFILE: 'x' })).toThrow();
});
