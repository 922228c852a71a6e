import { defineConfig } from 'vitest/config'

/** Tests of the whole: the real programs, a real browser. */
export default defineConfig({
  test: {
    include: ['e2e/**/*.test.ts'],
    fileParallelism: false, // one server, one browser at a time: two cores
    testTimeout: 60_000,
    hookTimeout: 90_000,
  },
})
