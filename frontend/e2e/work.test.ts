import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launch, Visitor } from './browser'
import { Cable, Desktop, people, Server } from './programs'

/** The jobs people do, done with mouse and keys on the real programs. */

let browser: Browser
const server = new Server()
const desktop = new Desktop()
const cable = new Cable()
let laptop: Visitor
let office: Visitor

beforeAll(async () => {
  browser = await launch()
  await server.start()
  await cable.lay(server)
  await desktop.start()
  laptop = await Visitor.open(browser, desktop.url)
  office = await Visitor.open(browser, server.url)
})
afterAll(async () => {
  await laptop?.context.close()
  await office?.context.close()
  await browser.close()
  await desktop.close()
  cable.close()
  await server.close()
})

afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return
  const name = `failed-${task.name.replace(/[^a-z]+/gi, '-').slice(0, 40)}`
  await laptop.picture(`${name}-window`)
  await office.picture(`${name}-office`)
})

const search = (v: Visitor) => v.page.getByRole('searchbox').first()
const gridLink = (v: Visitor, name: string) =>
  v.page.getByRole('grid').getByRole('link', { name, exact: true })

/** The name in the first row, once there is one. */
async function firstName(v: Visitor): Promise<string> {
  return v.page.locator('#members-0-0').innerText()
}

describe.sequential('the main job', () => {
  it('refuses a wrong code in plain words, and takes a right one', async () => {
    const { page } = laptop
    await page.fill('#enroll-server', cable.url)
    await page.fill('#enroll-code', 'XXXX-XXXX')
    await page.fill('#enroll-name', 'Laptop de Carmen')
    await page.getByRole('button', { name: 'Inscribir' }).click()
    await page
      .getByRole('alert')
      .filter({ hasText: /código/ })
      .waitFor()
    await laptop.picture('window-enroll-refused')
    await page.fill('#enroll-code', await server.deviceCode(people.coordinator))
    await page.getByRole('button', { name: 'Inscribir' }).click()
    await laptop.waitForChip(/Al día/)
  })

  it('finds organizations without typing accents', async () => {
    await laptop.go('members')
    await laptop.page.locator('#members-0-0').waitFor()
    await search(laptop).fill('cafe junin')
    await laptop.page
      .getByRole('status')
      .filter({ hasText: /^\d+ organizaci/ })
      .waitFor()
    await laptop.page.getByRole('columnheader', { name: 'Departamento' }).scrollIntoViewIfNeeded()
    await expect.poll(() => laptop.page.getByRole('grid').getByText('Junín').count()).toBeGreaterThan(0)
    await laptop.page.locator('#members').evaluate((grid) => (grid.scrollLeft = 0))
    await search(laptop).fill('')
  })

  it('edits in place as in a spreadsheet, and takes it back', async () => {
    const { page } = laptop
    await page.locator('#members-0-1').click()
    const before = await page.locator('#members-0-1').innerText()
    await page.keyboard.type('NUEVA')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('#members-0-1').innerText()).toBe('NUEVA')
    await page.keyboard.press('Control+z')
    await expect.poll(() => page.locator('#members-0-1').innerText()).toBe(before)
  })

  it('keeps a refused value in its cell, with the reason', async () => {
    const { page } = laptop
    await page.locator('#members-0-2').click()
    await page.keyboard.type('12x')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').filter({ hasText: 'FLO ID' }).waitFor()
    expect(await page.locator('#members-0-2 input').inputValue()).toBe('12x')
    await laptop.picture('window-members-refused')
    await page.keyboard.press('Escape')
  })

  it(
    'works with the cable out, says so, and sends by itself when it is back',
    { timeout: 120_000 },
    async () => {
      const { page } = laptop
      await office.signIn(people.admin)
      cable.cut()
      await laptop.waitForChip(/Sin conexión/)
      const name = await firstName(laptop)
      await gridLink(laptop, name).click()
      await page.getByLabel('Sigla').fill('SINRED')
      await page.getByLabel('Sigla').blur()
      await page.getByText('Por enviar').first().waitFor()
      await laptop.picture('window-organization-offline')
      await laptop.accessible()
      await laptop.go('sync')
      await page.getByText('1 cambio por enviar').waitFor()
      await page.getByText('SINRED').waitFor()
      await page.getByRole('button', { name: 'Sincronizar ahora' }).click()
      await page
        .getByRole('status')
        .filter({ hasText: /servidor|conexi/i })
        .first()
        .waitFor()
      await laptop.picture('window-sync-offline')
      await laptop.accessible()
      cable.mend()
      await page.getByRole('button', { name: 'Sincronizar ahora' }).click()
      await laptop.waitForChip(/Al día/, 40_000)
      await page.getByText('Nada por enviar').waitFor()
      await page.getByText('SINRED').waitFor() // among what was sent
      expect(await page.getByText('sin respuesta aún').count()).toBe(0)
      await office.go('members')
      await search(office).fill(name)
      await expect
        .poll(() => office.page.getByRole('grid').getByText('SINRED').count(), { timeout: 20_000 })
        .toBe(1)
      await office.picture('office-members-arrived')
    },
  )

  it('shows an edit of the office in an open record at once, but not under the cell being edited', async () => {
    const { page } = laptop
    await laptop.go('members')
    await page.locator('#members-0-0').waitFor()
    const name = await firstName(laptop)
    await page.locator('#members-0-2').click()
    await page.keyboard.press('F2')
    await page.keyboard.press('Control+a')
    await page.keyboard.type('777')
    await search(office).fill(name)
    await office.page.locator('#members-0-1').filter({ hasText: 'SINRED' }).click()
    await office.page.keyboard.type('DEOFICINA')
    await office.page.keyboard.press('Enter')
    await page.locator('#members-0-1').filter({ hasText: 'DEOFICINA' }).waitFor()
    expect(await page.locator('#members-0-2 input').inputValue()).toBe('777')
    await page.keyboard.press('Enter')
    await expect.poll(() => page.locator('#members-0-2').innerText()).toBe('777')
  })

  it('brings a conflict to both sides; one decides, both see it', { timeout: 120_000 }, async () => {
    const { page } = laptop
    await laptop.waitForChip(/Al día/)
    const name = await firstName(laptop)
    cable.cut()
    await laptop.waitForChip(/Sin conexión/)
    await gridLink(laptop, name).click()
    await page.getByLabel('FLO ID').fill('111')
    await page.getByLabel('FLO ID').blur()
    await page.getByText('Por enviar').first().waitFor()
    await office.page.locator('#members-0-2').click()
    await office.page.keyboard.type('222')
    await office.page.keyboard.press('Enter')
    await expect.poll(() => office.page.locator('#members-0-2').innerText()).toBe('222')
    cable.mend()
    await laptop.go('sync')
    await page.getByRole('button', { name: 'Sincronizar ahora' }).click()
    for (const side of [laptop, office]) {
      await side.go('conflicts')
      await side.page.getByRole('heading', { name, exact: true }).waitFor({ timeout: 40_000 })
      await side.page.getByText('111', { exact: true }).waitFor()
      await side.page.getByText('222', { exact: true }).waitFor()
    }
    await laptop.picture('window-conflict')
    await laptop.accessible()
    await office.picture('office-conflict')
    await page.keyboard.press('1')
    await page.getByText('Nada que decidir').waitFor()
    await laptop.waitForChip(/Al día/, 40_000)
    await office.page.getByText('Nada que decidir').waitFor({ timeout: 20_000 })
    await office.go('members')
    await expect.poll(() => office.page.locator('#members-0-2').innerText(), { timeout: 20_000 }).toBe('111')
  })

  it('chooses from a list by typing: Enter takes what is marked, Escape takes nothing', async () => {
    const { page } = laptop
    await laptop.go('members')
    await page.locator('#members-0-0').waitFor()
    await gridLink(laptop, await firstName(laptop)).click()
    const country = page.getByRole('combobox', { name: 'País', exact: true })
    await country.click()
    await page.keyboard.type('ecua')
    await page.keyboard.press('Enter')
    await page.getByText('País, guardado en').waitFor()
    expect(await country.inputValue()).toBe('Ecuador')
    await country.click()
    await page.keyboard.type('bol')
    await page.keyboard.press('Escape')
    await expect.poll(() => country.inputValue()).toBe('Ecuador')
    await page.getByRole('button', { name: 'Deshacer' }).last().click()
    await expect.poll(() => country.inputValue()).toBe('Perú')
  })

  it('tells who changed what, and restores a value with one click', async () => {
    const { page } = laptop
    await laptop.go('members')
    await page.locator('#members-0-0').waitFor()
    await gridLink(laptop, await firstName(laptop)).click()
    await page.getByRole('link', { name: 'Historial' }).click()
    await page.getByText('SINRED').first().waitFor()
    await page.getByRole('button', { name: 'Recuperar este valor de Sigla' }).first().click({ force: true })
    await page.getByText('guardado en').first().waitFor()
    await laptop.picture('window-history-restored')
  })

  it('adds a contact, whose refused phone stays as it was typed', async () => {
    const { page } = laptop
    await page.getByRole('link', { name: 'Contactos' }).click()
    await page.getByRole('button', { name: 'Añadir contacto' }).click()
    await page.locator('#new-contact-name').fill('Rosa Ñaupari')
    await page.locator('#new-contact-phones').fill('12')
    await page.getByRole('button', { name: 'Guardar' }).click()
    await page.getByRole('alert').filter({ hasText: 'teléfono' }).waitFor()
    await laptop.picture('window-contact-refused')
    await page.getByRole('button', { name: 'Quitar: 12' }).click()
    await page.locator('#new-contact-phones').fill('+51 987 654 321')
    await page.getByRole('button', { name: 'Guardar' }).click()
    await page.getByRole('cell', { name: 'Rosa Ñaupari', exact: true }).waitFor()
  })
})

describe.sequential('a view of the list', () => {
  it('is saved, left and shown again', async () => {
    const { page } = laptop
    await laptop.go('members')
    await page.locator('#members-0-0').waitFor()
    await page.getByRole('button', { name: 'Productos' }).first().click()
    await page.getByRole('button', { name: /^Miel/ }).click()
    await page.keyboard.press('Escape')
    const count = page.getByRole('status').filter({ hasText: /organizaci/ })
    await expect.poll(() => count.innerText()).not.toContain('300')
    const found = await count.innerText()
    await page.getByRole('button', { name: 'Vistas' }).click()
    await page.getByLabel('Guardar lo que se ve ahora').fill('Mieleras')
    await page.getByRole('button', { name: 'Guardar', exact: true }).click()
    await page.getByText('Se creó «Mieleras»').waitFor()
    await page.getByRole('button', { name: 'Quitar filtros' }).click()
    await expect.poll(() => count.innerText()).not.toBe(found)
    await page.getByRole('button', { name: 'Vistas' }).click()
    await page.getByRole('button', { name: 'Mieleras', exact: true }).click()
    await expect.poll(() => count.innerText()).toBe(found)
    await page.getByRole('button', { name: 'Quitar filtros' }).click()
  })

  it('changes many organizations at once, and takes it back', async () => {
    const { page } = laptop
    await page.locator('#members-0-0').waitFor()
    await page.locator('#members-0-1').click()
    await page.keyboard.press('Space')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Space')
    await page.getByText('2 seleccionadas').waitFor()
    await page.getByRole('combobox', { name: 'Cambiar un campo…' }).click()
    await page.getByRole('option', { name: 'Situación' }).click()
    await page.getByRole('combobox', { name: 'Situación' }).click()
    await page.getByRole('option', { name: 'Disuelta' }).click()
    await laptop.picture('window-members-bulk')
    await laptop.accessible()
    await page.getByRole('button', { name: 'Aplicar a todas' }).click()
    await page.getByText('Se cambiaron 2 registros').waitFor()
    await page.getByRole('button', { name: 'Deshacer' }).last().click()
    await page.getByText('Deshecho: Se cambiaron 2 registros').waitFor()
  })

  it('changes many of different values with Enter, and takes it back to each its own', async () => {
    const { page } = laptop
    const cells = () => Promise.all([0, 1].map((row) => page.locator(`#members-${row}-1`).innerText()))
    const before = await cells()
    await page.locator('#members-0-1').click()
    await page.keyboard.press('Space')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Space')
    await page.getByRole('combobox', { name: 'Cambiar un campo…' }).click()
    await page.getByRole('option', { name: 'Sigla' }).click()
    await page.fill('#bulk-value', 'MIXTA')
    await page.keyboard.press('Enter')
    await page.getByText('Se cambiaron 2 registros').waitFor()
    await expect.poll(cells).toEqual(['MIXTA', 'MIXTA'])
    await page.locator('#members-0-1').click()
    await page.keyboard.press('Control+z')
    await expect.poll(cells).toEqual(before)
  })

  it('copies cells to a spreadsheet and pastes them back', async () => {
    const { page } = laptop
    await laptop.context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: desktop.url })
    await page.locator('#members-0-1').click()
    await page.keyboard.press('Shift+ArrowDown')
    await page.keyboard.press('Control+c')
    const copied = await page.evaluate(() => navigator.clipboard.readText())
    expect(copied.split('\n')).toHaveLength(2)
    await page.evaluate(() => navigator.clipboard.writeText('UNO\nDOS'))
    await page.keyboard.press('Control+v')
    await expect.poll(() => page.locator('#members-0-1').innerText()).toBe('UNO')
    await expect.poll(() => page.locator('#members-1-1').innerText()).toBe('DOS')
    await page.locator('#members-0-1').click()
    await page.keyboard.press('Control+z')
    await expect.poll(() => page.locator('#members-1-1').innerText()).not.toBe('DOS')
  })
})

describe.sequential('a spreadsheet', () => {
  const file = join(tmpdir(), `acopio-e2e-${process.pid}.csv`)

  it('is tried, imported and undone', { timeout: 90_000 }, async () => {
    const { page } = laptop
    writeFileSync(
      file,
      'Nombre,FLO ID,País,Productos,Comentario\nCoop. Importada Uno,81,PE,café,llamar\nCoop. Importada Dos,8x2,PE,cacao,\n',
    )
    await laptop.go('import')
    await page.setInputFiles('input[type=file]', file)
    await page.getByRole('button', { name: 'Ensayar sin cambiar nada' }).waitFor()
    await laptop.picture('window-import-columns')
    await laptop.accessible()
    await page.getByRole('button', { name: 'Ensayar sin cambiar nada' }).click()
    await page.getByText('Es un ensayo').waitFor()
    await laptop.picture('window-import-trial')
    await laptop.accessible()
    await page.getByRole('button', { name: /^Importar \d/ }).click()
    await page.getByText('Importado:').waitFor()
    await laptop.picture('window-import-done')
    await page.getByRole('button', { name: 'Deshacer toda la importación' }).click()
    await page.getByText('Importación deshecha').waitFor()
    await page.getByText('Deshecha', { exact: true }).first().waitFor()
  })

  it('is asked of which year the figures of a sheet are', { timeout: 60_000 }, async () => {
    const { page } = laptop
    writeFileSync(file, 'Nombre;Socios;Mujeres\nCoop. del Año;120;50\n')
    await laptop.go('import')
    await page.setInputFiles('input[type=file]', file)
    await page.getByText('Ninguna columna lo dice. Sin este dato no se crean censos').waitFor()
    await laptop.picture('window-import-year')
    await page.getByRole('button', { name: 'Ensayar sin cambiar nada' }).click()
    await page.getByText('De esta fila no se crea «Censo»').waitFor()
    await page.getByText('Falta el campo obligatorio «Año»').waitFor()
    await page.getByRole('button', { name: 'Volver a las columnas' }).click()
    await page.getByLabel('Año (censo), para todas las filas').fill('2025')
    await page.getByRole('button', { name: 'Ensayar sin cambiar nada' }).click()
    await page.getByText('Junto con 1 censo').waitFor()
    await page.getByRole('heading', { name: 'Qué pasaría con cada columna' }).waitFor()
    await laptop.accessible()
    await page.getByRole('button', { name: 'Importar otro archivo' }).click()
  })

  it('with a header alone, or of the old Excel, is told what is wrong with it', async () => {
    const { page } = laptop
    writeFileSync(file, 'Nombre;FLO ID\n')
    await page.setInputFiles('input[type=file]', file)
    await page.getByText('Debajo del encabezado no hay ninguna fila').waitFor()
    expect(await page.getByRole('button', { name: 'Ensayar sin cambiar nada' }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Cancelar' }).click()
    const old = Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)])
    await page.setInputFiles('input[type=file]', { name: 'viejo.xls', mimeType: '', buffer: old })
    await page.getByRole('alert').filter({ hasText: 'guárdelo como «Libro de Excel (.xlsx)»' }).waitFor()
  })

  it('is exported as it is seen', async () => {
    const { page } = office
    await office.go('members')
    await page.locator('#members-0-0').waitFor()
    await search(office).fill('cafe')
    await page.getByRole('button', { name: 'Exportar' }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: /CSV/ }).click(),
    ])
    const text = readFileSync(await download.path(), 'utf8')
    expect(text.split('\n').length).toBeGreaterThan(10)
    expect(text).toContain('Caf')
  })
})

describe.sequential('the office', () => {
  it('says when its server is away, and comes back by itself', { timeout: 60_000 }, async () => {
    await server.pause()
    await office.waitForChip(/Sin conexión con el servidor/)
    await server.resume()
    await office.waitForChip(/En vivo/, 40_000)
  })

  it('creates a person who then signs in, and reads only', { timeout: 90_000 }, async () => {
    const { page } = office
    await office.go('people')
    await page.getByRole('button', { name: 'Añadir persona' }).click()
    await page.getByLabel('Nombre y apellido').fill('Luz Lectora')
    await page.getByLabel('Correo electrónico').fill('luz@demo.example')
    await page.getByRole('combobox', { name: 'Rol' }).click()
    await page.getByRole('option', { name: 'Lectura' }).click()
    const network = page.getByRole('button', { name: 'Quitar: Red Demo Perú (ficticia)' })
    await network.click() // the only one is there already
    await page.getByText('Sin una red no verá nada').waitFor()
    await page.getByRole('combobox', { name: 'Redes' }).click()
    await page.getByRole('option').first().click()
    await page.keyboard.press('Escape')
    await network.waitFor()
    await page.getByLabel('Contraseña').fill('acopio-demo-2026')
    await page.getByRole('button', { name: 'Guardar' }).click()
    await page.getByRole('cell', { name: /Luz Lectora/ }).waitFor()

    const reader = await Visitor.open(browser, server.url)
    await reader.signIn('luz@demo.example')
    await reader.go('members')
    await reader.page.locator('#members-0-0').waitFor()
    expect(await reader.page.getByRole('button', { name: 'Nueva organización' }).count()).toBe(0)
    await gridLink(reader, await firstName(reader)).click()
    await reader.page.getByText('Su rol permite leer, no cambiar.').first().waitFor()
    expect(await reader.page.getByRole('link', { name: /Contactos/ }).count()).toBe(0)
    await reader.picture('office-viewer-organization')
    await reader.accessible()
    await reader.go('people')
    await reader.page.getByText('Su rol no da acceso a esto').waitFor()
    await reader.picture('office-viewer-forbidden')
    await reader.close()
  })

  it('sees its devices, and takes one’s access away', async () => {
    const { page } = office
    await office.go('devices')
    const row = page.getByRole('row', { name: /Laptop de Carmen/ })
    await row.getByText('Conectado').waitFor()
    await row.getByRole('button', { name: 'Retirar' }).click()
    await page.getByRole('button', { name: 'Sí, retirar' }).click()
    await row.getByText('Retirado').waitFor()
    await laptop.page
      .getByRole('heading', { name: 'La oficina retiró el acceso' })
      .waitFor({ timeout: 20_000 })
    await laptop.page.getByRole('heading', { name: 'Inscribir de nuevo esta computadora' }).waitFor()
    await laptop.picture('window-revoked')
    await laptop.accessible()
    await laptop.page.fill('#again-code', await server.deviceCode(people.coordinator))
    await laptop.page.getByRole('button', { name: 'Inscribir' }).click()
    await laptop.waitForChip(/Al día/, 20_000)
  })
})
