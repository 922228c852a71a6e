import { defineConfig } from 'vitest/config'

/** Tests of the whole: the real programs, a real browser. */
export default defineConfig({
  test: {
    include: ['e2e/**/*.test.ts'],
    maxWorkers: 2, // each has its own server and browser, and waits for them half of the time
    testTimeout: 60_000,
    hookTimeout: 90_000,
  },
})
