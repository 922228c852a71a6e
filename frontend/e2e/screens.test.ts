import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launch, Visitor, type Look } from './browser'
import { Desktop, people, Server } from './programs'
import { own, screensOf, type Screen } from './screens'
import { Stage } from './stage'

/**
 * Every screen of both hosts, photographed into artifacts/screens/SCREEN/LOOK.png and held against axe. `make screens`
 * asks for every look (ONLY='home|import': of those screens); else it is one size and one language, and of the screens that
 * both hosts have, the window's by day and the office's by night.
 */

const full = process.env.ACOPIO_LOOKS === 'all'
/** The screens that are walked through, by their names. */
const only = new RegExp(`^(${process.env.ACOPIO_SCREENS || '.*'})$`)
const languages = full ? (['es', 'en'] as const) : (['es'] as const)
const sizes = full
  ? [
      { width: 1366, height: 768 },
      { width: 1920, height: 1080 },
    ]
  : [{ width: 1366, height: 768 }]
const looks = languages.flatMap((lang) => (['light', 'dark'] as const).map((theme) => ({ lang, theme })))
const limit = { timeout: full ? 600_000 : 300_000 }

let browser: Browser
const stage = new Stage()
const { server } = stage

beforeAll(async () => {
  browser = await launch({ webgl: true })
  await stage.set(browser)
}, 200_000)
afterAll(async () => {
  await browser.close()
  await stage.close()
})

/** Waits until what loads and what fades in has. */
async function settled(visitor: Visitor) {
  await visitor.page.locator('.skeleton, [aria-busy=true]').first().waitFor({ state: 'detached' })
  await visitor.page.waitForTimeout(350)
}

/** A picture in each size of what is seen. */
async function shoot(visitor: Visitor, name: string, look: Look) {
  for (const size of sizes) {
    await visitor.page.setViewportSize(size)
    await settled(visitor)
    await visitor.picture(`${name}/${size.width}-${look.lang}-${look.theme}`, 'screens')
  }
  if (look.lang === 'es') await visitor.accessible() // other words have the same colors and names
}

async function walk(visitor: Visitor, host: string, look: Look, screens: Screen[]) {
  for (const { name, place, there, act } of screens.filter((s) => only.test(s.name))) {
    await visitor.go(place)
    await visitor.page.locator(there).first().waitFor({ state: 'attached' })
    await act?.(visitor.page)
    await shoot(visitor, `${host}-${name}`, look)
    if (act) await visitor.page.keyboard.press('Escape')
  }
}

describe.each(looks)('the window, $lang $theme', (look) => {
  it('shows every screen of the window', limit, async () => {
    const visitor = await Visitor.open(browser, stage.desktop.url, look)
    const all = full || look.theme === 'light'
    await walk(visitor, 'window', look, all ? screensOf('window', await stage.records()) : own.window)
    await visitor.close()
  })

  it('shows a laptop that has no register', limit, async () => {
    const fresh = new Desktop()
    await fresh.start()
    const laptops = { enroll: fresh, locked: stage.locked, withdrawn: stage.withdrawn, wiped: stage.wiped }
    for (const [name, desktop] of Object.entries(laptops)) {
      const visitor = await Visitor.open(browser, desktop.url, look)
      await visitor.page.locator('h1, h2').first().waitFor()
      await shoot(visitor, `window-${name}`, look)
      await visitor.close()
    }
    await fresh.close()
  })
})

describe.each(looks)('the office, $lang $theme', (look) => {
  it('shows every screen of the office', limit, async () => {
    const visitor = await Visitor.open(browser, server.url, look)
    await visitor.page.waitForSelector('#email')
    await shoot(visitor, 'office-sign-in', look)
    await visitor.signIn(people.admin)
    const all = full || look.theme === 'dark'
    await walk(visitor, 'office', look, all ? screensOf('office', await stage.records()) : own.office)
    await visitor.close()
  })
})

it('the first administrator sets up a new server', { timeout: 90_000 }, async () => {
  const fresh = new Server()
  await fresh.start(false)
  const visitor = await Visitor.open(browser, fresh.url)
  await visitor.page.getByRole('heading', { name: 'Este servidor aún no está listo' }).waitFor()
  await visitor.picture('office-not-set-up-es-light')
  await visitor.accessible()
  await visitor.page.goto(fresh.setupLink)
  await visitor.page.fill('#name', 'Ada Inicial')
  await visitor.page.fill('#email', 'ada@demo.example')
  await visitor.page.fill('#password', 'corta')
  await visitor.page.getByRole('button', { name: 'Crear la cuenta' }).click()
  await visitor.page.getByRole('alert').waitFor()
  await visitor.picture('office-setup-es-light')
  await visitor.accessible()
  await visitor.page.fill('#password', 'una frase que se recuerda')
  await visitor.page.getByRole('button', { name: 'Crear la cuenta' }).click()
  await visitor.page.getByRole('heading', { name: /Ada/ }).waitFor()
  await visitor.go('networks')
  await visitor.page.getByRole('button', { name: 'Crear red' }).click()
  await visitor.page.fill('#network-code', 'ec')
  await visitor.page.fill('#network-name', 'Red Ecuador')
  await visitor.page.getByRole('combobox', { name: 'Países' }).click()
  await visitor.page.keyboard.type('ecua')
  await visitor.page.keyboard.press('Enter')
  await visitor.page.keyboard.press('Escape')
  await visitor.page.locator('form').getByRole('button', { name: 'Crear red' }).click()
  await visitor.page
    .getByRole('cell', { name: /Red Ecuador/ })
    .or(visitor.page.getByRole('rowheader', { name: /Red Ecuador/ }))
    .first()
    .waitFor()
  await visitor.go('members')
  await visitor.page.getByText('Todavía no hay organizaciones').waitFor()
  await visitor.picture('office-members-empty-es-light')
  await visitor.accessible()
  await visitor.close()
  await fresh.close()
})

it('the office on a phone', { timeout: 90_000 }, async () => {
  const visitor = await Visitor.open(browser, server.url, { width: 360, height: 740 })
  await visitor.signIn(people.office)
  for (const screen of screensOf('office', await stage.records())) {
    const few = ['home', 'members', 'organization-profile', 'organization-contact', 'devices']
    if (!few.includes(screen.name)) continue
    await visitor.go(screen.place)
    await visitor.page.locator(screen.there).first().waitFor({ state: 'attached' })
    await settled(visitor)
    await visitor.picture(`phone-${screen.name}-es-light`)
    await visitor.accessible()
    const wide = await visitor.page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
    if (wide) throw new Error(`${screen.name} scrolls sideways`)
  }
  await visitor.page.getByRole('button', { name: 'Menú' }).click()
  await visitor.page.waitForTimeout(200)
  await visitor.picture('phone-menu-es-light')
  await visitor.accessible()
  await visitor.close()
})

it('menus, the palette and dialogs', async () => {
  const visitor = await Visitor.open(browser, server.url, { theme: 'dark' })
  await visitor.signIn(people.admin)
  const { page } = visitor
  await page.keyboard.press('Control+k')
  await page.keyboard.type('cafe')
  await page.getByText('Registros', { exact: true }).waitFor()
  await visitor.picture('office-palette-es-dark')
  await visitor.accessible()
  await page.keyboard.press('Escape')
  await visitor.go('members')
  await page.getByRole('button', { name: 'Productos' }).first().click()
  await page.getByRole('button', { name: /^Café/ }).waitFor()
  await visitor.picture('office-facet-es-dark')
  await visitor.accessible()
  await page.keyboard.press('Escape')
  await visitor.go('devices')
  await page.getByRole('button', { name: 'Inscribir un equipo' }).click()
  await page.getByRole('combobox', { name: '¿De quién es?' }).click() // nobody is taken for granted
  await page.getByRole('option').first().click()
  await page.getByRole('button', { name: 'Crear código' }).click()
  await page.getByText('Dirección del servidor:').waitFor()
  await visitor.picture('office-device-code-es-dark')
  await visitor.accessible()
  await visitor.close()
})

it('the first page needs at most 250 kB of JavaScript', async () => {
  const page = await (await fetch(server.url)).text()
  const scripts = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+\.js)"/g)].map((found) => found[1] ?? '')
  const sizes = await Promise.all(
    scripts.map(async (script) => gzipSync(await (await fetch(server.url + script)).text()).length),
  )
  const total = sizes.reduce((sum, n) => sum + n, 0)
  expect(total).toBeGreaterThan(10_000)
  expect(total).toBeLessThan(250_000)
})
