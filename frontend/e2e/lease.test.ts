import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launch, Visitor, type Look } from './browser'
import { Cable, Desktop, people, Server } from './programs'

/** A laptop that stays away, one that is wiped, and what the office does about either. */

let browser: Browser
const server = new Server()
const cable = new Cable()
const away = new Desktop()
const withdrawn = new Desktop()

beforeAll(async () => {
  browser = await launch()
  await server.start()
  await cable.lay(server)
})
afterAll(async () => {
  await browser.close()
  cable.close()
  await away.close()
  await withdrawn.close()
  await server.close()
})

interface Listed {
  records: { id: string; network: string; title: string; version: number; fields: { acronym?: string } }[]
}

const dark: Look = { theme: 'dark' }

async function organizations(url: string): Promise<Listed['records']> {
  const answer = await fetch(`${url}/api/records/organization?limit=2&sort=name`)
  return answer.ok ? ((await answer.json()) as Listed).records : []
}

/** Changes the acronym of the first organization, on a laptop. */
async function edit(url: string, acronym: string): Promise<Listed['records'][0]> {
  await expect.poll(async () => (await organizations(url)).length, { timeout: 30_000 }).toBeGreaterThan(0)
  const [first] = await organizations(url)
  if (!first) throw new Error('the replica is empty')
  const edits = [
    {
      kind: 'update',
      collection: 'organization',
      network: first.network,
      id: first.id,
      fields: { acronym },
    },
  ]
  const answer = await fetch(`${url}/api/edits`, {
    method: 'POST',
    headers: { 'X-Acopio': '1', 'Content-Type': 'application/json' },
    body: JSON.stringify({ edits }),
  })
  expect(answer.status).toBe(200)
  return first
}

/** A picture in the light and, of a new visitor, in the dark. */
async function pictures(visitor: Visitor, name: string, heading: string): Promise<void> {
  await visitor.page.getByRole('heading', { name: heading }).waitFor()
  await visitor.picture(`${name}-es-light`)
  await visitor.accessible()
  const other = await Visitor.open(browser, visitor.url, dark)
  await other.page.getByRole('heading', { name: heading }).waitFor()
  await other.picture(`${name}-es-dark`)
  await other.accessible()
  await other.close()
}

it('warns, locks and unlocks a laptop that stays away', { timeout: 120_000 }, async () => {
  await away.enroll(server, people.field, 'Laptop de Ana', cable.url)
  await away.start()
  let visitor = await Visitor.open(browser, away.url)
  await visitor.waitForChip(/Al día/, 40_000)
  await visitor.close()
  cable.cut()
  await edit(away.url, 'LEJOS')

  await away.leave(25)
  await away.start()
  visitor = await Visitor.open(browser, away.url)
  await visitor.waitForChip(/se bloquea/)
  await pictures(visitor, 'window-lease-near', 'Conecte esta computadora antes de que se bloquee')
  await visitor.close()

  await away.leave(6)
  await away.start()
  visitor = await Visitor.open(browser, away.url)
  await visitor.page.getByText('1 cambio por enviar').waitFor()
  await pictures(visitor, 'window-locked', 'El registro está bloqueado')
  expect((await fetch(`${away.url}/api/records/organization`)).status).toBe(403)
  cable.mend()
  await visitor.page.getByRole('button', { name: 'Sincronizar ahora' }).click()
  await visitor.waitForChip(/Al día/)
  expect((await organizations(away.url))[0]?.fields.acronym).toBe('LEJOS')
  await visitor.close()
})

it('wipes a laptop, and the office accepts what it had not sent', { timeout: 120_000 }, async () => {
  const laptop = await Visitor.open(browser, away.url)
  await laptop.waitForChip(/Al día/)
  cable.cut()
  const changed = await edit(away.url, 'BORRADA')

  const office = await Visitor.open(browser, server.url)
  const { page } = office
  await office.signIn(people.admin)
  await office.go('devices')
  const row = page.getByRole('row').filter({ hasText: 'Laptop de Ana' })
  await row.getByRole('button', { name: 'Borrar datos' }).click()
  const yes = page.getByRole('button', { name: 'Sí, borrar' })
  expect(await yes.isDisabled()).toBe(true)
  await page.getByLabel('Escriba el nombre del equipo').fill('Laptop de')
  expect(await yes.isDisabled()).toBe(true)
  await page.waitForTimeout(300) // the dialog fades in
  await office.picture('office-wipe-es-light')
  await office.accessible()
  await page.getByLabel('Escriba el nombre del equipo').fill('Laptop de Ana')
  await page.keyboard.press('Enter')
  await row.getByText('Borrado pedido').waitFor()
  await office.picture('office-wipe-ordered-es-light')

  cable.mend()
  await pictures(laptop, 'window-wiped', 'Los datos de esta computadora se borraron')
  await laptop.page.getByText('se entregó a la oficina 1 cambio').waitFor()
  await laptop.page.getByRole('button', { name: 'Inscribir esta computadora' }).click()
  await laptop.page.waitForSelector('#enroll-code')
  await laptop.close()

  await office.go('')
  await office.go('devices')
  await row.getByText('Borrado', { exact: true }).waitFor()
  await office.picture('office-wiped-es-light')
  await office.accessible()
  await row.getByRole('link', { name: '1 propuesta' }).click()
  const card = page.getByRole('article', { name: changed.title })
  await card.getByText('BORRADA').waitFor()
  await office.picture('office-proposals-es-light')
  await office.accessible()
  await card.getByRole('button', { name: 'Descartar' }).click()
  await page.getByText('Ninguna propuesta por decidir').waitFor()
  await office.picture('office-proposals-none-es-light')
  await page.getByRole('button', { name: 'Deshacer' }).click()
  await card.getByRole('button', { name: 'Aceptar' }).click()
  await page
    .getByRole('button', { name: 'Aceptadas' })
    .or(page.getByRole('radio', { name: 'Aceptadas' }))
    .click()
  await card.getByText('BORRADA').waitFor()
  await office.go(`organization/${changed.id}/history`)
  await page
    .getByText(/Laptop de Ana/)
    .first()
    .waitFor()
  await office.picture('office-proposal-history-es-light')
  await office.close()
})

it('tells on a withdrawn laptop what became of its edits', { timeout: 120_000 }, async () => {
  await withdrawn.enroll(server, people.coordinator, 'Laptop retirada', cable.url)
  await withdrawn.start()
  const laptop = await Visitor.open(browser, withdrawn.url)
  await laptop.waitForChip(/Al día/, 40_000)
  cable.cut()
  await edit(withdrawn.url, 'RETIRADA')
  await edit(withdrawn.url, 'DOS VECES')
  const office = await Visitor.open(browser, server.url, dark)
  await office.signIn(people.admin)
  await office.go('devices')
  const row = office.page.getByRole('row').filter({ hasText: 'Laptop retirada' })
  await row.getByRole('button', { name: 'Retirar' }).click()
  await office.page.getByRole('button', { name: 'Sí, retirar' }).click()
  await row.getByText('Retirado').waitFor()
  cable.mend()
  await laptop.page.getByText('2 propuestas').waitFor({ timeout: 40_000 })
  await pictures(laptop, 'window-withdrawn', 'La oficina retiró el acceso de esta computadora')
  await laptop.close()
  await office.go('proposals')
  await office.page.getByText('RETIRADA', { exact: true }).first().waitFor()
  await office.page.keyboard.press('Shift+A')
  await office.page.getByText('2 marcadas').waitFor()
  await office.picture('office-proposals-es-dark')
  await office.accessible()
  await office.page.keyboard.press('2')
  await office.page.getByText('2 propuestas descartadas').waitFor()
  await office.page.getByText('Ninguna propuesta por decidir').waitFor()
  await office.page.getByRole('button', { name: 'Deshacer' }).click()
  await office.page.getByText('RETIRADA', { exact: true }).first().waitFor()
  await office.picture('office-proposals-several-es-light')
  await office.close()
})

it('sets for how long laptops may be away', { timeout: 60_000 }, async () => {
  const boss = await Visitor.open(browser, server.url)
  await boss.signIn(people.admin)
  await boss.go('settings')
  const days = boss.page.getByLabel('Días sin contacto')
  await expect.poll(() => days.inputValue()).toBe('30')
  await days.fill('9999')
  await boss.page.getByText('Un número entero de 0 a 3650').waitFor()
  await days.fill('14')
  await days.press('Enter')
  await boss.page.getByText('Cada equipo lo sabrá').waitFor()
  await days.scrollIntoViewIfNeeded()
  await boss.picture('office-lease-es-light')
  await boss.accessible()
  await boss.close()

  const office = await Visitor.open(browser, server.url)
  await office.signIn(people.office)
  await office.go('settings')
  await office.page.getByText('14 días').waitFor()
  await office.close()
})
