import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launch, Visitor } from './browser'
import { password, Server } from './programs'

/** The first hour: a server on which there is nothing, and a person who has only what the screens say. */

let browser: Browser
let visitor: Visitor
const server = new Server()

beforeAll(async () => {
  browser = await launch()
  await server.start(false)
  visitor = await Visitor.open(browser, server.setupLink)
})
afterAll(async () => {
  await visitor.close()
  await browser.close()
  await server.close()
})

/** What the browser says of a field under it. */
const said = (id: string) =>
  visitor.page.locator(id).evaluate((field) => (field as HTMLInputElement).validationMessage)

it('says in its own language what is missing or wrong in a form', async () => {
  const { page } = visitor
  await page.locator('#name:focus').waitFor()
  await page.keyboard.press('Enter')
  expect(await said('#name')).toBe('Falta este dato.')
  await page.keyboard.type('María Quispe')
  await page.fill('#email', 'maria')
  await page.fill('#password', password)
  await page.keyboard.press('Enter')
  expect(await said('#email')).toContain('nombre@ejemplo.org')
  await page.fill('#email', 'maria@example.org')
  await page.keyboard.press('Enter')
  await page.waitForSelector('[data-testid=status-chip]')
})

it('leads from every screen to the first network, and on', async () => {
  const { page } = visitor
  const steps = page.getByRole('region', { name: 'Primeros pasos' })
  await steps.getByRole('link', { name: 'Cree la red' }).waitFor()
  await visitor.picture('office-founding-es-light')
  for (const place of ['members', 'new', 'dashboard', 'map', 'verify', 'duplicates', 'import', 'conflicts']) {
    await page.goto(`${server.url}/#/${place}`)
    await page.getByRole('heading', { name: 'Primero, una red' }).waitFor()
  }
  await visitor.accessible()
  await page.goto(`${server.url}/#/networks`)
  await page.getByText('Todavía no hay ninguna red').waitFor()
  await page.getByRole('button', { name: 'Crear red' }).click()
  await page.locator('#network-code:focus').waitFor()
  await page.keyboard.type('pe')
  await page.keyboard.press('Tab')
  await page.keyboard.type('Coordinadora del Perú')
  await page.keyboard.press('Enter')
  await page.getByRole('row', { name: /Coordinadora del Perú/ }).waitFor()
  await page.goto(`${server.url}/#/`)
  await steps.getByRole('link', { name: 'Busque una organización' }).waitFor()
})
