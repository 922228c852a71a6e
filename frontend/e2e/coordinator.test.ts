import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launch, Visitor } from './browser'
import { Cable, Desktop, people, Server } from './programs'

/** What a coordinator does all day, by keyboard as in a spreadsheet, on the real programs. */

let browser: Browser
const server = new Server()
const desktop = new Desktop()
const cable = new Cable()
let laptop: Visitor
let page: Page

beforeAll(async () => {
  browser = await launch()
  await server.start()
  await cable.lay(server)
  await desktop.enroll(server, people.coordinator, 'Laptop de Carmen', cable.url)
  await desktop.start()
  laptop = await Visitor.open(browser, desktop.url)
  page = laptop.page
  await laptop.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: desktop.url })
  await laptop.waitForChip(/Al día/)
})
afterAll(async () => {
  await laptop?.close()
  await browser.close()
  await desktop.close()
  cable.close()
  await server.close()
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    await laptop.picture(`failed-${task.name.replace(/[^a-z]+/gi, '-').slice(0, 40)}`)
})

const cell = (row: number, col: number) => page.locator(`#members-${row}-${col}`)
const found = () =>
  page
    .getByRole('status')
    .filter({ hasText: /organizaci/ })
    .innerText()
const copied = () => page.evaluate(() => navigator.clipboard.readText())
const press = async (...keys: string[]) => {
  for (const key of keys) await page.keyboard.press(key)
}

async function openMembers() {
  await laptop.go('members')
  await cell(0, 0).waitFor()
}
/** Pastes as a spreadsheet would have copied it. */
async function paste(text: string) {
  await page.evaluate((t) => navigator.clipboard.writeText(t), text)
  await press('Control+v')
}

describe.sequential('the list of organizations', () => {
  it('is filtered by what people know: ranges, texts, several values, nothing', async () => {
    await openMembers()
    await expect.poll(found).toContain('300')
    await page.getByRole('button', { name: 'Membresía en la red' }).first().click()
    await page.getByRole('button', { name: /^Suspendida \d/ }).click()
    await page.getByRole('button', { name: /^Salió \d/ }).click()
    await press('Escape')
    await expect.poll(found).toMatch(/^\d\d? organizaciones/)
    await laptop.picture('window-members-filters')
    await laptop.accessible()
    await page.getByRole('button', { name: 'Quitar filtros' }).click()
    await page.getByRole('button', { name: 'Más filtros' }).click()
    await page.keyboard.type('ultimo censo')
    await press('Enter')
    await page.getByLabel('Desde').fill('400')
    await press('Enter', 'Escape')
    await expect.poll(found).not.toContain('300')
    const many = await found()
    await page.getByRole('searchbox').first().fill('aurora')
    await expect.poll(found).not.toBe(many)
    await page.getByRole('button', { name: 'Quitar filtros' }).click()
    await expect.poll(found).toContain('300')
  })

  it('has a menu in each column, by keyboard', async () => {
    await cell(0, 1).click()
    await press('Alt+ArrowDown')
    await page.getByRole('dialog', { name: 'Sigla' }).waitFor()
    await laptop.accessible()
    await page.getByLabel('Contiene').fill('AMP')
    await expect.poll(found).not.toContain('300')
    await press('Escape')
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('members')
    await page.getByRole('button', { name: 'Quitar filtros' }).click()
    await expect.poll(found).toContain('300')
    await cell(0, 1).click()
    await press('Alt+Shift+ArrowDown')
    await expect
      .poll(() => page.getByRole('columnheader', { name: 'Sigla' }).getAttribute('aria-sort'))
      .toBe('descending')
    await page.getByRole('columnheader', { name: 'Nombre' }).getByRole('button').first().click()
  })

  it('shows who was a member on a day, and is not edited then', async () => {
    await page.getByRole('button', { name: 'A una fecha' }).click()
    await page.getByLabel('Fecha', { exact: true }).fill('31/12/2018')
    await press('Enter')
    await page.getByText('El registro al 31 dic. 2018').waitFor()
    await page.getByRole('button', { name: 'Solo los miembros de ese día' }).click()
    await expect.poll(found).not.toContain('300')
    const then = Number.parseInt(await found(), 10)
    await laptop.picture('window-members-as-of')
    await cell(0, 1).click()
    await press('F2')
    await page.getByText('Esta celda no se puede editar').first().waitFor()
    await page.getByRole('button', { name: 'Volver a hoy' }).click()
    await expect.poll(async () => Number.parseInt(await found(), 10)).toBeGreaterThan(then)
    await page.getByRole('button', { name: 'Quitar filtros' }).click()
    await expect.poll(found).toContain('300')
  })

  it('is as one left it when one comes back', async () => {
    const grid = page.locator('#members')
    const where = () =>
      grid.evaluate((e) => [
        e.getAttribute('aria-activedescendant'),
        e.scrollTop,
        e === document.activeElement,
      ])
    await cell(0, 1).click()
    await press('PageDown', 'PageDown', 'PageDown', 'ArrowUp')
    const left = await where()
    expect(left[1]).toBeGreaterThan(500)
    await press('Control+Enter')
    await grid.waitFor({ state: 'detached' })
    await page.goBack()
    await expect.poll(where).toEqual(left)
    await press('ArrowDown')
    expect((await where())[0]).not.toBe(left[0])
    await press('Control+Home')
  })

  it('takes a block from a spreadsheet, says what is wrong with it, and undoes it in one step', async () => {
    await cell(0, 1).click()
    const before = await cell(0, 1).innerText()
    await paste('UNO\t12x\nDOS\t901\n')
    await page.getByRole('dialog', { name: 'Antes de cambiar' }).waitFor()
    await page.getByText('no es un FLO ID válido').waitFor()
    await laptop.picture('window-members-paste-report')
    await laptop.accessible()
    expect(await cell(0, 1).innerText()).toBe(before)
    await page.getByRole('button', { name: 'Cambiar 3 celdas' }).click()
    await expect.poll(() => cell(1, 2).innerText()).toBe('901')
    expect(await cell(0, 1).innerText()).toBe('UNO')
    await press('Control+z')
    await expect.poll(() => cell(0, 1).innerText()).toBe(before)
    expect(await cell(1, 1).innerText()).not.toBe('DOS')
  })

  it('fills down, empties and copies ranges marked with keys or mouse', async () => {
    const from = await cell(2, 1).boundingBox()
    const to = await cell(5, 1).boundingBox()
    if (!from || !to) throw new Error('no cells')
    const value = await cell(2, 1).innerText()
    await page.mouse.move(from.x + 8, from.y + 8)
    await page.mouse.down()
    await page.mouse.move(to.x + 8, to.y + 8, { steps: 6 })
    await page.mouse.up()
    await press('Control+c')
    await expect.poll(async () => (await copied()).split('\n').length).toBe(4)
    await press('Control+d')
    await expect.poll(() => cell(5, 1).innerText()).toBe(value)
    await press('Delete')
    await expect.poll(() => cell(5, 1).innerText()).toBe('')
    await press('Control+z', 'Control+z')
    await expect.poll(() => cell(2, 1).innerText()).toBe(value)
    await cell(0, 2).click()
    await press('Control+a', 'Control+c')
    await expect.poll(async () => (await copied()).split('\n').length, { timeout: 10_000 }).toBe(300)
    await press('Escape')
  })

  it('changes all that were found at once, any field, and takes it back', async () => {
    await page.getByRole('searchbox').first().fill('aurora')
    await expect.poll(found).not.toContain('300')
    const n = Number.parseInt(await found(), 10)
    await page.getByLabel('Seleccionar todas las encontradas').click()
    await page.getByText(`${n} seleccionadas`).waitFor()
    await page.getByRole('combobox', { name: 'Cambiar un campo…' }).click()
    await page.getByRole('option', { name: 'Forma jurídica' }).click()
    await page.getByLabel('Forma jurídica').fill('Asociación civil')
    await page.getByRole('button', { name: 'Aplicar a todas' }).click()
    await page.getByText(`Se cambiaron ${n} registros`).waitFor()
    await page.getByRole('button', { name: 'Deshacer' }).last().click()
    await page.getByText(`Deshecho: Se cambiaron ${n} registros`).waitFor()
    await page.getByRole('searchbox').first().fill('')
    await expect.poll(found).toContain('300')
  })

  it('asks before it deletes many, and deletes nothing without an answer', async () => {
    await page.getByLabel('Seleccionar todas las encontradas').click()
    await page.getByText('300 seleccionadas').waitFor()
    await page.getByRole('button', { name: 'Eliminar', exact: true }).click()
    const asked = page.getByRole('dialog', { name: '¿Eliminar 300 organizaciones?' })
    await asked.waitFor()
    await laptop.picture('delete-many')
    await asked.getByRole('button', { name: 'Cancelar' }).click()
    await asked.waitFor({ state: 'hidden' })
    await expect.poll(found).toContain('300')
    await press('Escape')
    await page.getByRole('button', { name: 'Quitar selección' }).click()
  })

  it('exports the columns that are seen, in their order', async () => {
    await page.getByRole('button', { name: 'Exportar' }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: /CSV/ }).click(),
    ])
    const [head = '', first = ''] = readFileSync(await download.path(), 'utf8').split('\r\n')
    const seen = await page.getByRole('columnheader').allInnerTexts()
    const names = seen.map((n) => n.trim()).filter(Boolean)
    expect(names).toContain('Membresía en la red')
    expect(head).toBe(`\ufeffid,${names.join(',')}`)
    expect(first).toMatch(/,(Miembro|Solicitante|Suspendida|Salió|Expulsada),/)
  })

  it('keeps a view up to date and shares it', async () => {
    await page.getByRole('button', { name: 'Vistas' }).click()
    await page.getByLabel('Guardar lo que se ve ahora').fill('De Carmen')
    await page.getByRole('button', { name: 'Guardar', exact: true }).click()
    await page.getByText('Se creó «De Carmen»').waitFor()
    await page.getByRole('searchbox').first().fill('aurora')
    await page.getByRole('button', { name: 'Vistas' }).click()
    await page.getByRole('button', { name: 'Actualizar «De Carmen» con lo que se ve' }).click()
    await page.getByRole('button', { name: 'Compartir con la red: De Carmen' }).click()
    await expect
      .poll(() =>
        page.getByRole('button', { name: 'Compartir con la red: De Carmen' }).getAttribute('aria-pressed'),
      )
      .toBe('true')
    await laptop.accessible()
    await press('Escape')
    await page.getByRole('searchbox').first().fill('')
  })
})

describe.sequential('what is typed, sent and done', () => {
  it('outlives a power cut and a browser that forgot everything', async () => {
    const first = await openFirst()
    await page.getByRole('textbox', { name: 'Notas' }).fill('a medio escribir')
    await page.waitForTimeout(600)
    const other = await Visitor.open(browser, desktop.url) // a storage of its own: as after the window lost its
    await other.page.goto(first)
    await expect
      .poll(() => other.page.getByRole('textbox', { name: 'Notas' }).inputValue())
      .toBe('a medio escribir')
    await other.close()
    await press('Escape')
  })

  it('is told in the log: sent, arrived, attempts', async () => {
    await openMembers()
    await cell(0, 1).click()
    await page.keyboard.type('ENVIADA')
    await press('Enter')
    await laptop.waitForChip(/Al día/)
    await page.getByRole('button', { name: 'Lo que hizo: deshacer' }).click()
    await page
      .getByRole('dialog')
      .getByText(/^Sigla, guardado/)
      .waitFor()
    await press('Escape')
    await laptop.go('sync')
    await page.getByRole('heading', { name: 'Qué envié, qué llegó' }).waitFor()
    await page.getByText('ENVIADA').first().waitFor()
    await laptop.picture('window-sync-log')
    await page.getByRole('button', { name: 'Intentos' }).click()
    await page.getByText('Al día: ambos lados tienen todo').first().waitFor()
    await laptop.accessible()
  })

  it('has help on each screen, by a key', async () => {
    await laptop.go('conflicts')
    await page.getByRole('heading', { name: 'Conflictos' }).waitFor()
    await press('?')
    await page.getByRole('dialog', { name: 'Ayuda de esta pantalla' }).waitFor()
    await press('Escape')
  })

  it('is news by organization and by person', async () => {
    await laptop.go('')
    await page.getByRole('button', { name: 'Por organización' }).click()
    await page.getByRole('heading', { level: 3 }).first().waitFor()
    await laptop.picture('window-home-by-organization')
    await laptop.accessible()
  })
})

/** Opens the first organization of the list, and says where it is. */
async function openFirst(): Promise<string> {
  await openMembers()
  await page.getByRole('grid').getByRole('link').first().click()
  await page.getByRole('textbox', { name: 'Notas' }).waitFor()
  return page.url()
}
