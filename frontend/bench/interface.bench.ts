import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launch } from '../e2e/browser'
import { printed, tell, writeDocument, type Measured } from './figure'
import type { Times } from './keys'
import { Register } from './register'
import * as scenario from './scenarios'
import { scrolling } from './scroll'
import { coldStart, scripts } from './start'

/** A short run looks for what got much worse; a full one tells how things are and writes docs/benchmarks.md. */
const short = process.env.ACOPIO_BENCH === 'quick'
const organizations = short ? 10_000 : 100_000
const lines = resolve('../build/bench-ui.jsonl')

let browser: Browser
const register = new Register()
const all: Measured[] = []

const bench = (): scenario.Bench => ({
  register,
  browser,
  samples: short ? 10 : 40,
  organizations,
})

beforeAll(async () => {
  rmSync(lines, { force: true })
  await register.set(organizations)
  browser = await launch()
})
afterAll(async () => {
  await browser?.close()
  await register.close()
})

/** What a short run may not exceed: medians, which other programs disturb less, as ratios where there are any. */
const most: Record<string, number> = {
  'search, key to paint, p50': 5,
  'list opened, key to first rows, p50': 30,
  'organization opened, key to paint, p50': 9,
  'arrow in the list, key to paint, p50': 1.5,
  'other end of the list, key to paint, p50': 5,
  'cell saved, key to paint, p50': 5,
  'palette, key to paint, p50': 4,
  'scrolling the list, frame p50': 33.4,
  'initial JavaScript, gzipped': 1,
  'cold start to usable, p50': 5000,
}
const isWorse = (f: Measured) => short && (f.over ? f.ratio : f.value) > (most[f.name] ?? Infinity)

/** A short run that finds something worse tries again, since other programs may be running: three agree. */
async function measure(run: (yardstick: Times) => Promise<Measured[]>): Promise<void> {
  const once = async () => run(await scenario.screenful(bench()))
  let found = await once()
  for (let again = 1; again < 3 && found.some(isWorse); again++) {
    console.warn(`once more:\n${printed(found.filter(isWorse))}`)
    const next = await once()
    found = found.map((was, i) => [was, next[i] ?? was].reduce((a, b) => (b.ratio < a.ratio ? b : a)))
  }
  tell(lines, found)
  all.push(...found)
  expect(found.filter(isWorse)).toEqual([])
}

it('nothing', () =>
  measure(async (y) => [
    ...(await scenario.nothing(bench())).figures('nothing, key to paint', 0, y),
    ...y.figures('a screenful, key to paint', 0),
  ]))
it('search', () => measure((y) => scenario.search(bench(), y)))
it('opening the list', () => measure((y) => scenario.opening(bench(), y)))
it('opening an organization', () => measure((y) => scenario.organization(bench(), y)))
it('moving', () => measure((y) => scenario.moving(bench(), y)))
it('editing', () => measure((y) => scenario.editing(bench(), y)))
it('the palette', () => measure((y) => scenario.palette(bench(), y)))
it('scrolling', () => measure(() => scrolling(bench())))
it('scripts', () => measure(() => scripts(bench())))
it('cold start', () => measure(() => coldStart(bench())))

it('is told', () => {
  console.log(`\n${printed(all)}`)
  if (short) return
  const day = new Date().toISOString().slice(0, 10)
  const about = `${day}, ${organizations.toLocaleString('en')} organizations, Chromium ${browser.version()} without a screen or graphics card.`
  writeDocument(resolve('../docs/benchmarks.md'), about, all)
})
