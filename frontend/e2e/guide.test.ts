import { readFileSync, writeFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launch, Visitor } from './browser'
import { Desktop, people, Server } from './programs'
import { edited } from './workbook'

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
  await page.getByRole('button', { name: 'Guardar', exact: true }).click()
  await page.getByRole('alert').filter({ hasText: '«Clase»' }).waitFor()
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

/** The list of those that a search finds, as a workbook. */
async function exported(words: string): Promise<string> {
  await laptop.go('members')
  await page.locator('#members-0-0').waitFor()
  await page.getByRole('searchbox').first().fill(words)
  await page.getByRole('button', { name: 'Exportar' }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: /Excel/ }).click(),
  ])
  const file = `${await download.path()}.xlsx`
  await download.saveAs(file)
  return file
}

async function tried(file: string): Promise<void> {
  await laptop.go('import')
  await page.setInputFiles('input[type=file]', file)
  await page.getByRole('button', { name: 'Ensayar sin cambiar nada' }).click()
  await page.getByText('Es un ensayo').waitFor()
}

it('brings a workbook back that nobody changed: nothing changes', { timeout: 60_000 }, async () => {
  await tried(await exported('aurora'))
  await page.getByText('esta hoja no cambiaría nada').waitFor()
  expect(await page.getByRole('button', { name: 'Importar 0' }).isDisabled()).toBe(true)
  await page.getByRole('button', { name: 'Importar otro archivo' }).click()
})

it('brings an edited workbook back: what both sides changed is a conflict', { timeout: 90_000 }, async () => {
  const file = await exported('aurora')
  const first = (
    (await (
      await fetch(`${desktop.url}/api/records/organization?network=PE&q=aurora&sort=name&limit=1`)
    ).json()) as { records: { id: string; network: string; fields: { acronym: string } }[] }
  ).records[0]
  if (!first) throw new Error('nothing was found')
  const office = await Visitor.open(browser, server.url)
  await office.signIn(people.office)
  const saved = await office.context.request.post(`${server.url}/api/edits`, {
    headers: { 'X-Acopio': '1' },
    data: {
      edits: [
        {
          kind: 'update',
          collection: 'organization',
          network: first.network,
          id: first.id,
          fields: { acronym: 'OFICINA' },
        },
      ],
    },
  })
  expect(saved.status(), await saved.text()).toBe(200)
  await office.close()
  await laptop.go('members')
  await page.getByText('OFICINA', { exact: true }).waitFor()
  let n = 0
  writeFileSync(
    file,
    edited(readFileSync(file), (sheet) =>
      sheet.replace(new RegExp(`>${first.fields.acronym}<`, 'g'), (cell) =>
        n < 2 ? `>CAMPO ${++n}<` : cell,
      ),
    ),
  )
  await tried(file)
  await laptop.picture('guide-workbook')
  await laptop.accessible()
  const figure = (name: string) => page.getByRole('button', { name: new RegExp(`^\\d+ ${name}$`) })
  expect(await figure('Por actualizar').innerText()).toMatch(/^1\s/)
  expect(await figure('Cambiadas en los dos lados').innerText()).toMatch(/^1\s/)
  await page.getByRole('button', { name: 'Importar 2' }).click()
  await page.getByText('Importado:').waitFor()
  await laptop.go('conflicts')
  await page.getByText('CAMPO 1').waitFor()
  await page.getByText('OFICINA', { exact: true }).waitFor()
  await laptop.picture('window-workbook-conflict')
})
