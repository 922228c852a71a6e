import { readdirSync, rmSync } from 'node:fs'
import { fileURLToPath, URL } from 'node:url'
import { paraglideVitePlugin } from '@inlang/paraglide-js'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import tailwindcss from '@tailwindcss/vite'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const dist = fileURLToPath(new URL('dist', import.meta.url))

/** Empties dist but for its placeholder, which Go's embed needs even when a build fails. */
function keepPlaceholder(): Plugin {
  return {
    name: 'keep-placeholder',
    apply: 'build',
    buildStart() {
      for (const name of readdirSync(dist)) {
        if (name !== '.gitkeep') rmSync(`${dist}/${name}`, { recursive: true })
      }
    },
  }
}

/** Answers /api from a made-up register when no real server is named: for working on screens only. */
function fakeRegister(): Plugin {
  return {
    name: 'fake-register',
    apply: 'serve',
    async configureServer(server) {
      const { serveFake } = await server.ssrLoadModule('/src/test/fake/middleware.ts')
      server.middlewares.use(serveFake(process.env.ACOPIO_FAKE_HOST === 'office' ? 'office' : 'desktop'))
    },
  }
}

const realServer = process.env.ACOPIO_API // such as http://127.0.0.1:8470

export default defineConfig(({ mode }) => ({
  plugins: [
    paraglideVitePlugin({
      project: './project.inlang',
      outdir: './src/lib/paraglide',
      strategy: ['globalVariable', 'baseLocale'],
      emitReadme: false,
    }),
    tailwindcss(),
    svelte(),
    keepPlaceholder(),
    ...(realServer || mode === 'test' ? [] : [fakeRegister()]),
  ],
  resolve: {
    alias: {
      $lib: fileURLToPath(new URL('src/lib', import.meta.url)),
      $screens: fileURLToPath(new URL('src/screens', import.meta.url)),
    },
    // Unit tests run the browser's build of Svelte.
    ...(mode === 'test' ? { conditions: ['browser'] } : {}),
  },
  build: {
    emptyOutDir: false,
    target: 'es2022',
    rolldownOptions: {
      output: {
        // A few files rather than many tiny ones: what every screen uses, and the libraries.
        codeSplitting: {
          groups: [
            { name: 'library', test: /node_modules/, minShareCount: 3 },
            { name: 'common', test: /src\/(lib|shell)\//, minShareCount: 3 },
          ],
        },
      },
    },
  },
  server: {
    host: '127.0.0.1',
    ...(realServer ? { proxy: { '/api': { target: realServer, changeOrigin: true } } } : {}),
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
}))
