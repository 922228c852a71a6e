import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launch, Visitor } from './browser'
import { Cable, Desktop, people, Server } from './programs'

/** A network's own fields from their first day to their last, with a laptop that was away for most of it. */

let browser: Browser
const server = new Server()
const desktop = new Desktop()
const cable = new Cable()
let laptop: Visitor
let office: Visitor
/** The organization that the laptop works on. */
let name = ''
let address = ''

beforeAll(async () => {
  browser = await launch()
  await server.start()
  await cable.lay(server)
  await desktop.enroll(server, people.coordinator, 'Laptop de Carmen', cable.url)
  await desktop.start()
  laptop = await Visitor.open(browser, desktop.url)
  office = await Visitor.open(browser, server.url)
  await office.signIn(people.admin)
  await laptop.waitForChip(/Al día/)
})
afterAll(async () => {
  await laptop?.close()
  await office?.close()
  await browser.close()
  await desktop.close()
  cable.close()
  await server.close()
})
afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return
  const what = `failed-${task.name.replace(/[^a-z]+/gi, '-').slice(0, 40)}`
  await laptop.picture(`${what}-window`)
  await office.picture(`${what}-office`)
})

const found = (v: Visitor) =>
  v.page
    .getByRole('status')
    .filter({ hasText: /organizaci/ })
    .innerText()
const own = (v: Visitor) => v.page.getByRole('region', { name: 'De la red' })
const option = (v: Visitor, text: string) => v.page.getByRole('option', { name: text, exact: true })

/** Mends the cable, waits until both sides have everything, and goes back to the organization. */
async function synchronized() {
  cable.mend()
  await laptop.go('sync')
  await laptop.page.getByRole('button', { name: 'Sincronizar ahora' }).click()
  await laptop.waitForChip(/Al día/, 40_000)
  await laptop.go(address)
}

/** Adds a field in the console's settings. */
async function add(labels: Record<string, string>, type: string, more: Record<string, string> = {}) {
  const { page } = office
  await page.getByRole('button', { name: 'Añadir un campo' }).click()
  const form = page.getByRole('form', { name: 'Añadir un campo' })
  for (const [language, label] of Object.entries(labels))
    await form.getByLabel(`Nombre (${language})`).fill(label)
  await form.getByLabel('Qué contiene').selectOption({ label: type })
  for (const [label, text] of Object.entries(more)) await form.getByLabel(label, { exact: true }).fill(text)
  await form.getByRole('button', { name: 'Añadir un campo' }).click()
  await form.waitFor({ state: 'hidden' })
}

describe.sequential('fields of one’s own', () => {
  it('are added, named and ordered by the office while a laptop is away', async () => {
    await laptop.go('members')
    await laptop.page.locator('#members-0-0').waitFor()
    name = await laptop.page.locator('#members-0-0').innerText()
    await laptop.page.getByRole('grid').getByRole('link', { name, exact: true }).click()
    await laptop.page.getByLabel('Sigla').waitFor()
    address = new URL(laptop.page.url()).hash.slice(2)
    cable.cut()
    await laptop.waitForChip(/Sin conexión/)
    await laptop.page.getByLabel('Sigla').fill('LEJOS')
    await laptop.page.getByLabel('Sigla').blur()
    await laptop.page.getByText('Por enviar').first().waitFor()

    const { page } = office
    await office.go('settings')
    await add({ español: 'Altitud', English: 'Altitude' }, 'Número entero', { Unidad: 'msnm' })
    await add({ español: 'Riego', English: 'Irrigation' }, 'Una opción', {
      Opciones: 'Sí = Yes\nParcial = Partial\nNo = No',
    })
    await add({ español: 'Comité', English: 'Committee' }, 'Texto')
    await page.getByRole('button', { name: 'Subir Riego' }).click()
    const names = () => page.locator('section[aria-labelledby=own] li button[aria-expanded]').allInnerTexts()
    await expect
      .poll(async () => (await names()).map((n) => n.split(' ')[0]))
      .toEqual(['Riego', 'Altitud', 'Comité'])
    await office.picture('office-own-fields')
    await office.accessible()
  })

  it('come to the laptop with its next contact, and are filled in there', async () => {
    await synchronized()
    const fields = own(laptop)
    await fields.getByRole('combobox', { name: 'Riego' }).waitFor()
    const labels = await fields.locator('label').allInnerTexts()
    expect(labels.map((l) => l.trim())).toEqual(['Riego', 'Altitud', 'Comité'])
    await fields.getByRole('combobox', { name: 'Riego' }).click()
    await option(laptop, 'Parcial').click()
    await fields.getByLabel('Altitud').fill('1.850')
    await fields.getByLabel('Comité').fill('Norte')
    await fields.getByLabel('Comité').blur()
    await laptop.picture('window-own-fields')
    await laptop.accessible()
    await laptop.waitForChip(/Al día/, 40_000)
  })

  it('refuse what is none of their values, in words', async () => {
    const altitude = own(laptop).getByLabel('Altitud')
    await altitude.fill('mucha')
    await altitude.blur()
    await laptop.page
      .getByRole('alert')
      .filter({ hasText: 'El campo «Altitud» espera un número entero' })
      .waitFor()
    await laptop.picture('window-own-field-refused')
    await altitude.press('Escape')
    await expect.poll(() => altitude.inputValue()).toMatch(/^1.?850$/)
  })

  it('are seen and filtered by in the office', async () => {
    const { page } = office
    await office.go(address)
    await expect.poll(() => own(office).getByRole('combobox', { name: 'Riego' }).inputValue()).toBe('Parcial')
    await expect.poll(() => page.getByLabel('Sigla').inputValue()).toBe('LEJOS')
    await office.go('members')
    await page.getByRole('button', { name: 'Más filtros' }).click()
    await page.keyboard.type('riego')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: /^Parcial 1$/ }).click()
    await page.keyboard.press('Escape')
    await expect.poll(() => found(office)).toBe('1 organización')
    await page.getByRole('columnheader', { name: 'Altitud' }).waitFor()
    await office.picture('office-own-field-filtered')
    const english = await Visitor.open(browser, server.url, { lang: 'en' })
    await english.signIn(people.admin)
    await english.go(address)
    await english.page.getByRole('combobox', { name: 'Irrigation' }).waitFor()
    expect(await english.page.getByRole('combobox', { name: 'Irrigation' }).inputValue()).toBe('Partial')
    await english.close()
  })

  it('are exported, and imported again', async () => {
    const { page } = office
    await page.getByRole('button', { name: 'Exportar' }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: /CSV/ }).click(),
    ])
    const text = readFileSync(await download.path(), 'utf8')
    expect(text.split('\r\n')).toHaveLength(3) // the header, one organization, and the end
    expect(text).toContain(',Riego,Altitud,Comité,')
    expect(text).toContain(',Parcial,1850,Norte,')
    const file = join(tmpdir(), `acopio-own-${process.pid}.csv`)
    writeFileSync(file, text.replace(',Parcial,1850,', ',No,1900,'))
    await office.go('import')
    await page.setInputFiles('input[type=file]', file)
    const goesTo = (column: string) => page.getByRole('combobox', { name: `Va a: ${column}`, exact: true })
    await goesTo('Riego').waitFor()
    expect(await goesTo('Riego').inputValue()).toBe('Riego')
    expect(await goesTo('Altitud').inputValue()).toBe('Altitud')
    expect(await goesTo('Socias y socios (último censo)').inputValue()).toBe(
      'Calculada por Acopio: no se lee',
    )
    await office.picture('office-import-own-fields')
    await page.getByRole('button', { name: 'Ensayar sin cambiar nada' }).click()
    await page.getByText('Es un ensayo').waitFor()
    await page.getByRole('button', { name: /^Importar 1/ }).click()
    await page.getByText('Importado:').waitFor()
    await office.picture('office-import-own-fields-done')
    await expect.poll(() => own(laptop).getByRole('combobox', { name: 'Riego' }).inputValue()).toBe('No')
    await expect.poll(() => own(laptop).getByLabel('Altitud').inputValue()).toMatch(/^1.?900$/)
  })

  it('are retired: what a laptop wrote meanwhile arrives, nothing offers them, their history stays', async () => {
    cable.cut()
    await laptop.waitForChip(/Sin conexión/)
    await own(laptop).getByLabel('Comité').fill('Sur')
    await own(laptop).getByLabel('Comité').blur()
    await laptop.page.getByText('Por enviar').first().waitFor()
    const { page } = office
    await office.go('settings')
    const line = page.getByRole('listitem').filter({ hasText: 'Comité' })
    await line.getByRole('button', { name: 'Retirar' }).click()
    await line.getByText('Retirado').waitFor()
    await synchronized()
    for (const side of [laptop, office]) {
      await side.go(address)
      await own(side).getByRole('combobox', { name: 'Riego' }).waitFor()
      await expect.poll(() => own(side).getByLabel('Comité').count()).toBe(0)
      await side.page.getByRole('link', { name: 'Historial' }).click()
      await side.page.getByText('Comité:').first().waitFor()
      await side.page.getByText('Sur', { exact: true }).waitFor()
      await side.page.getByText('Norte', { exact: true }).first().waitFor()
      await side.go('members')
      if (side === office) await side.page.getByRole('button', { name: 'Quitar filtros' }).click() // by Parcial, above
      await side.page.locator('#members-0-0').waitFor()
      expect(await side.page.getByRole('columnheader', { name: 'Comité' }).count()).toBe(0)
      await side.page.getByRole('button', { name: 'Más filtros' }).click()
      await side.page.keyboard.type('comit')
      await side.page.getByText('Nada coincide').waitFor()
      await side.page.keyboard.press('Escape')
    }
    await office.go(address)
    await office.page.getByRole('link', { name: 'Historial' }).click()
    await office.page.getByText('Comité:').first().waitFor()
    await office.picture('office-retired-field-history')
  })
})
