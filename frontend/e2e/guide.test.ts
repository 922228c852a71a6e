import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launch, Visitor } from './browser'
import { Desktop, people, Server } from './programs'

/** What docs/user-guide.es.md tells field staff to do, where no other test does it. */

let browser: Browser
const server = new Server()
const desktop = new Desktop()
let laptop: Visitor
let page: Page

beforeAll(async () => {
  browser = await launch()
  await server.start()
  await desktop.enroll(server, people.field, 'Laptop de Ana')
  await desktop.start()
  laptop = await Visitor.open(browser, desktop.url)
  page = laptop.page
  await laptop.waitForChip(/Al día/)
})
afterAll(async () => {
  await laptop?.close()
  await browser.close()
  await desktop.close()
  await server.close()
})

async function openFirst(tab: string) {
  await laptop.go('members')
  await page.locator('#members-0-0').waitFor()
  await page.getByRole('grid').getByRole('link').first().click()
  const tabs = page.getByRole('navigation', { name: 'Partes de la organización' })
  await tabs.getByRole('link', { name: new RegExp(`^${tab}`) }).click()
}

it('registers a visit', async () => {
  await openFirst('Visitas')
  await page.getByRole('button', { name: 'Añadir visita o contacto' }).click()
  await page.getByLabel('Asunto').fill('Revisión de cosecha')
  await page.getByRole('combobox', { name: 'Clase' }).click()
  await page.getByRole('option', { name: 'Visita' }).click()
  await page.getByRole('button', { name: 'Guardar', exact: true }).click()
  await page.getByRole('button', { name: 'Revisión de cosecha' }).waitFor()
  await page.getByRole('button', { name: 'Lo que hizo: deshacer' }).click()
  await page.getByText('Se creó «Revisión de cosecha»').first().waitFor()
  await page.keyboard.press('Escape')
})

it('asks about a census that jumps, and refuses parts that do not add up', async () => {
  await openFirst('Censos')
  await page.getByRole('button', { name: 'Añadir censo' }).click()
  await page.getByRole('combobox', { name: 'Fuente' }).click()
  await page.getByRole('option').first().click()
  await page.locator('#new-census-year').fill('2026')
  await page.locator('#new-census-members_total').fill('9000')
  await page.getByText('Si es así, no hay que hacer nada').waitFor()
  await page.locator('#new-census-members_women').fill('9500')
  await page.getByRole('button', { name: 'Guardar', exact: true }).click()
  await page.getByRole('alert').filter({ hasText: 'suman' }).waitFor()
  await page.getByRole('button', { name: 'Cancelar' }).click()
})

it('brings a workbook back that nobody changed: nothing changes', { timeout: 60_000 }, async () => {
  await laptop.go('members')
  await page.locator('#members-0-0').waitFor()
  await page.getByRole('searchbox').first().fill('aurora')
  await page.getByRole('button', { name: 'Exportar' }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: /Excel/ }).click(),
  ])
  const file = `${await download.path()}.xlsx`
  await download.saveAs(file)
  await laptop.go('import')
  await page.setInputFiles('input[type=file]', file)
  await page.getByRole('button', { name: 'Ensayar sin cambiar nada' }).click()
  await page.getByText('Es un ensayo').waitFor()
  expect(await page.getByRole('button', { name: 'Importar 0' }).isDisabled()).toBe(true)
})
