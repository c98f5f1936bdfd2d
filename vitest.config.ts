import { defineConfig } from 'vitest/config';

/** What is printed is compared as text; CI forces colours. */
const env = { NO_COLOR: '1' };

/** Unit tests need no server; everything else runs against real servers that the global set-up finds or starts. */
export default defineConfig({
  test: {
    // By default one core stays idle; the tests that wait for servers need none.
    maxWorkers: '100%',
    projects: [
      {
        test: { name: 'unit', env, include: ['test/unit/**/*.test.ts'], pool: 'threads', testTimeout: 60_000 },
      },
      {
        test: {
          name: 'integration',
          env,
          include: ['test/{integration,workflows,faults,conformance,performance,property}/**/*.test.ts'],
          exclude: ['test/conformance/slow/**'],
          globalSetup: ['test/support/global-setup.ts'],
          pool: 'forks',
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        // Too slow, or too much to fetch, for every `npm test`.
        test: {
          name: 'conformance',
          env,
          include: ['test/conformance/slow/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          pool: 'forks',
          testTimeout: 600_000,
          hookTimeout: 600_000,
        },
      },
      {
        // Each runs Spark, which is fetched once.
        test: {
          name: 'windows',
          env,
          include: ['test/windows/**/*.test.ts'],
          globalSetup: ['test/support/global-setup.ts'],
          pool: 'forks',
          testTimeout: 900_000,
          hookTimeout: 3_600_000,
        },
      },
    ],
  },
});
