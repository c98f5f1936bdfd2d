import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const env = {
  // What is printed is compared as text; CI forces colours.
  NO_COLOR: '1',
  // Workers, engines and command lines of the tests start some hundred times: compiling takes half of their start.
  NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules', '.cache', 'kafka-bronze', 'compiled'),
};

/** Limits are for what hangs: on a machine that is busy with other things, or stands still for a while, tests take long and pass. */
const patient = { testTimeout: 400_000, hookTimeout: 400_000, expect: { poll: { timeout: 120_000 } } };

/**
 * Loading all code anew for every file takes a third of the time, of unit and of integration tests. So files share what
 * is loaded, in any order: a test leaves nothing behind, and what it stands in for is put back even where it fails.
 */
const sharedModules = { isolate: false, unstubEnvs: true, restoreMocks: true, unstubGlobals: true };

/** Unit tests need no server; everything else runs against real servers that the global set-up finds or starts. */
export default defineConfig({
  test: {
    // By default one core stays idle; the tests that wait for servers need none.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          name: 'unit',
          env,
          include: ['test/unit/**/*.test.ts'],
          pool: 'threads',
          ...sharedModules,
          ...patient,
        },
      },
      {
        test: {
          name: 'integration',
          // Java's servers start often and live for minutes: they are better compiled quickly than well.
          env: { ...env, JAVA_TOOL_OPTIONS: '-XX:TieredStopAtLevel=1' },
          include: ['test/{integration,workflows,faults,conformance,performance,property}/**/*.test.ts'],
          exclude: ['test/conformance/slow/**'],
          globalSetup: ['test/support/global-setup.ts'],
          pool: 'forks',
          ...sharedModules,
          ...patient,
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
