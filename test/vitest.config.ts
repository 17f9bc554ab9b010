import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));

/** With a real engine. */
const real = {
  sequence: { concurrent: false },
  globalSetup: ['test/support/engine-setup.ts'],
  setupFiles: ['test/support/outlive-interrupt.ts'],
};
/** One file at a time: they look at the whole machine, or measure. */
const sequential = { ...real, fileParallelism: false, maxWorkers: 1 };

export default defineConfig({
  root,
  test: {
    retry: 0,
    globals: false,
    restoreMocks: true,
    unstubEnvs: true,
    allowOnly: false,
    passWithNoTests: true,
    // vitest would leave one core alone: half of two.
    maxWorkers: '100%',
    expect: { requireAssertions: true },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/*.test.ts', 'test/unit/**/*.test.ts', 'apps/**/*.test.ts'],
          testTimeout: 10_000,
        },
      },
      {
        extends: true,
        test: { name: 'contract', include: ['test/contract/**/*.test.ts'], testTimeout: 10_000 },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 300_000,
          ...real,
          // Each file has clusters, ports and names of its own, and waits more than it works.
          maxWorkers: 2,
        },
      },
      {
        extends: true,
        test: {
          name: 'chaos',
          include: ['test/chaos/**/*.test.ts'],
          testTimeout: 1_200_000,
          hookTimeout: 1_200_000,
          ...sequential,
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 1_800_000,
          hookTimeout: 1_800_000,
          ...sequential,
        },
      },
    ],
  },
});
