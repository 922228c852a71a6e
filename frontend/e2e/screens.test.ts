import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launch, Visitor, type Look } from './browser'
import { Desktop, people, Server } from './programs'

/** Every screen of both hosts, light and dark, in Spanish and English: drawn, accessible, and kept as a picture. */

let browser: Browser
const server = new Server()
const desktop = new Desktop()
let organization = ''

beforeAll(async () => {
  browser = await launch()
  await server.start()
  await server.addNetwork('BO', 'Red Demo Bolivia (ficticia)', 'BO')
  await desktop.enroll(server, people.coordinator, 'Laptop de pruebas')
  await desktop.start()
  organization = await firstOrganization(desktop.url)
})
afterAll(async () => {
  await browser.close()
  await desktop.close()
  await server.close()
})

async function firstOrganization(url: string): Promise<string> {
  for (let i = 0; i < 60; i++) {
    const page = (await (await fetch(`${url}/api/records/organization?limit=1&sort=name`)).json()) as {
      records?: { id: string }[]
    }
    const id = page.records?.[0]?.id
    if (id) return id
    await new Promise((r) => setTimeout(r, 500))
  }
  throw new Error('the replica stays empty')
}

const looks: [string, Look][] = [
  ['es-light', { lang: 'es', theme: 'light' }],
  ['es-dark', { lang: 'es', theme: 'dark' }],
  ['en-light', { lang: 'en', theme: 'light' }],
  ['en-dark', { lang: 'en', theme: 'dark' }],
]

/** Where each screen is, and what is there once it is drawn. */
const register = (): [string, string, string][] => [
  ['home', '', 'main h1'],
  ['members', 'members', '[role=grid] [role=row] a'],
  ['organization', `organization/${organization}`, 'main form, main h2'],
  ['contacts', `organization/${organization}/contact`, 'main h2'],
  ['census', `organization/${organization}/census`, 'main table'],
  ['certificates', `organization/${organization}/certification`, 'main h2'],
  ['timeline', `organization/${organization}/timeline`, 'main ol li'],
  ['history', `organization/${organization}/history`, 'main ol li'],
  ['new-organization', 'new', '#new-organization-name'],
  ['import', 'import', 'input[type=file]'],
  ['conflicts', 'conflicts', 'main h1'],
  ['settings', 'settings', 'main h1'],
]

async function walk(visitor: Visitor, host: string, look: string, screens: [string, string, string][]) {
  for (const [name, place, there] of screens) {
    await visitor.go(place)
    await visitor.page.waitForSelector(there, { state: 'attached' })
    await visitor.page.waitForTimeout(350) // what fades in has
    await visitor.picture(`${host}-${name}-${look}`)
    if (look.startsWith('es')) await visitor.accessible() // colors change with the theme, not with the language
  }
}

describe.each(looks)('the window, %s', (name, look) => {
  it('shows every screen', { timeout: 120_000 }, async () => {
    const visitor = await Visitor.open(browser, desktop.url, look)
    await walk(visitor, 'window', name, [...register(), ['sync', 'sync', 'main h1']])
    await visitor.close()
  })
})

describe.each(looks)('the office, %s', (name, look) => {
  it('shows every screen', { timeout: 120_000 }, async () => {
    const visitor = await Visitor.open(browser, server.url, look)
    await visitor.page.waitForSelector('#email')
    await visitor.picture(`office-sign-in-${name}`)
    await visitor.accessible()
    await visitor.signIn(people.admin)
    await walk(visitor, 'office', name, [
      ...register().slice(0, 3),
      ['networks', 'networks', 'main table'],
      ['people', 'people', 'main table'],
      ['devices', 'devices', 'main table'],
      ['nowhere', 'no/such/place', 'main p'],
    ])
    await visitor.close()
  })
})

it('the enrollment of a new computer', async () => {
  const fresh = new Desktop()
  await fresh.start()
  for (const [name, look] of looks) {
    const visitor = await Visitor.open(browser, fresh.url, look)
    await visitor.page.waitForSelector('#enroll-code')
    await visitor.picture(`window-enroll-${name}`)
    await visitor.accessible()
    await visitor.close()
  }
  await fresh.close()
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
  await walk(visitor, 'phone', 'es-light', register().slice(0, 3))
  const wide = await visitor.page.evaluate(() => document.documentElement.scrollWidth > innerWidth)
  if (wide) throw new Error('the page scrolls sideways')
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
