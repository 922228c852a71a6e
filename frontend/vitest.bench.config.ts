import { defineConfig } from 'vitest/config'

/** How quick the interface is: the real programs, a real browser, a large register. */
export default defineConfig({
  test: {
    include: ['bench/*.bench.ts'],
    fileParallelism: false,
    disableConsoleIntercept: true, // a line for each figure, as it is
    testTimeout: 900_000,
    hookTimeout: 300_000,
  },
})
