import { writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launch, Visitor } from './browser'
import { Cable, Desktop, people, Server } from './programs'

/** README's tour: each of its pictures, taken of the real programs (`make pictures`). */

let browser: Browser
const server = new Server()
const desktop = new Desktop()
const cable = new Cable()
let laptop: Visitor
let office: Visitor
let page: Page

beforeAll(async () => {
  browser = await launch({ webgl: true })
  await server.start()
  await cable.lay(server)
  await desktop.enroll(server, people.coordinator, 'Laptop de Carmen', cable.url)
  await desktop.start()
  laptop = await Visitor.open(browser, desktop.url)
  page = laptop.page
  office = await Visitor.open(browser, server.url)
  await office.signIn(people.office)
  await laptop.waitForChip(/Al día/)
})
afterAll(async () => {
  await laptop?.context.close()
  await office?.context.close()
  await browser.close()
  await desktop.close()
  cable.close()
  await server.close()
})

/** What fades in has. */
const settled = () => page.waitForTimeout(500)

async function openMembers(visitor: Visitor) {
  await visitor.go('members')
  await visitor.page.locator('#members-0-0').waitFor()
}

it('the list, filtered', async () => {
  await openMembers(laptop)
  await page.getByRole('button', { name: 'Productos' }).first().click()
  await page.getByRole('button', { name: /^Café/ }).click()
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Membresía en la red' }).first().click()
  await page.getByRole('button', { name: /^Suspendida \d/ }).waitFor()
  await settled()
  await laptop.picture('tour-members')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Quitar filtros' }).click()
})

it('an organization', async () => {
  await openMembers(laptop)
  await page.getByRole('grid').getByRole('link').first().click()
  await page.getByRole('textbox', { name: 'Notas' }).waitFor()
  await settled()
  await laptop.picture('tour-organization')
})

it('whom to call', async () => {
  await laptop.go('verify')
  await page.locator('main a[href^="tel:"]').first().waitFor()
  await settled()
  await laptop.picture('tour-verify')
})

it('the map', async () => {
  await laptop.go('map')
  await page.locator('canvas').first().waitFor()
  await page.waitForTimeout(3_000) // the map's own fading, which no element tells
  await laptop.picture('tour-map')
})

it('the palette', async () => {
  await laptop.go('')
  await page.keyboard.press('Control+k')
  await page.keyboard.type('cafe')
  await page.getByText('Registros', { exact: true }).waitFor()
  await settled()
  await laptop.picture('tour-palette')
  await page.keyboard.press('Escape')
})

it('a sheet, tried before anything changes', { timeout: 90_000 }, async () => {
  const rows = ['Nombre,FLO ID,País,Productos,Comentario']
  rows.push('Cooperativa Ejemplo del Alto,81201,PE,café,llamar por la tarde')
  rows.push('Asociación Ejemplo del Valle,8x2,PE,cacao,')
  rows.push('Productores Ejemplo de la Cuenca,81203,PE,miel,')
  const file = join(tmpdir(), `registro-${process.pid}.csv`)
  writeFileSync(file, rows.join('\n'))
  await laptop.go('import')
  await page.setInputFiles('input[type=file]', file)
  await page.getByRole('button', { name: 'Ensayar sin cambiar nada' }).click()
  await page.getByText('Es un ensayo').waitFor()
  await settled()
  await laptop.picture('tour-import')
})

it('what waits to be sent, and a conflict', { timeout: 120_000 }, async () => {
  await openMembers(laptop)
  await openMembers(office)
  cable.cut()
  await laptop.waitForChip(/Sin conexión/)
  for (const [side, value] of [
    [laptop, 'CAMPO'],
    [office, 'OFICINA'],
  ] as const) {
    await side.page.locator('#members-0-1').click()
    await side.page.keyboard.type(value)
    await side.page.keyboard.press('Enter')
    await expect.poll(() => side.page.locator('#members-0-1').innerText()).toBe(value)
  }
  await laptop.go('sync')
  await page.getByText('1 cambio por enviar').waitFor()
  await settled()
  await laptop.picture('tour-sync')
  cable.mend()
  await page.getByRole('button', { name: 'Sincronizar ahora' }).click()
  await laptop.go('conflicts')
  await page.getByText('OFICINA', { exact: true }).waitFor({ timeout: 40_000 })
  await settled()
  await laptop.picture('tour-conflicts')
})
