import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import type { Browser } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { launch, Visitor } from './browser'
import { Cable, Desktop, people, Server } from './programs'

/** A console over several networks, addresses that lead nowhere, and what the server refuses. */

let browser: Browser
const server = new Server()
const desktop = new Desktop()
const cable = new Cable()
let office: Visitor

beforeAll(async () => {
  browser = await launch()
  await server.start()
  await server.addNetwork('BO', 'Red Demo Bolivia (ficticia)', 'BO')
  await cable.lay(server)
  await desktop.enroll(server, people.coordinator, 'Laptop de Carmen', cable.url)
  await desktop.start()
  office = await Visitor.open(browser, server.url)
  await office.signIn(people.admin)
})
afterAll(async () => {
  await office?.close()
  await browser.close()
  await desktop.close()
  cable.close()
  await server.close()
})
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail')
    await office.picture(`failed-${task.name.replace(/[^a-z]+/gi, '-').slice(0, 40)}`)
})

const into = (v: Visitor, label: string) => v.page.getByRole('combobox', { name: label, exact: true })
const asked = (v: Visitor) => v.page.getByRole('alert').filter({ hasText: 'Diga en qué red' })

/** Gives the coordinator another role. */
async function become(role: string) {
  const { users } = (await (await office.context.request.get(`${server.url}/api/users`)).json()) as {
    users: { id: string; email: string }[]
  }
  const who = users.find((u) => u.email === people.coordinator)?.id ?? ''
  const answer = await office.context.request.patch(`${server.url}/api/users/${who}`, {
    headers: { 'X-Acopio': '1' },
    data: { role },
  })
  expect(answer.status(), await answer.text()).toBe(200)
}

describe.sequential('with all networks in view', () => {
  it('a new organization asks which one, by keyboard, and takes its country', async () => {
    const { page } = office
    await office.go('new')
    await page.locator('#new-organization-name').fill('Cooperativa Altiplano')
    expect(await into(office, 'Red').inputValue()).toBe('')
    await page.locator('#new-organization-name').press('Enter')
    await asked(office).waitFor()
    await office.picture('office-new-which-network')
    await office.accessible()
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('new-network')
    await page.keyboard.type('boli')
    await page.keyboard.press('Enter')
    await asked(office).waitFor({ state: 'hidden' })
    await expect.poll(() => into(office, 'País').inputValue()).toBe('Bolivia')
    await page.getByRole('button', { name: 'Crear' }).click()
    await page.getByRole('heading', { name: 'Cooperativa Altiplano' }).waitFor()
    await page.getByText('Red Demo Bolivia (ficticia)').first().waitFor()
  })

  it('the answer is remembered, and can be another', async () => {
    await office.go('new')
    await expect.poll(() => into(office, 'Red').inputValue()).toBe('Red Demo Bolivia (ficticia)')
    await expect.poll(() => into(office, 'País').inputValue()).toBe('Bolivia')
    await office.page.getByRole('button', { name: 'Cancelar' }).click()
  })

  it('a file that comes before the answer waits for it', async () => {
    const other = await Visitor.open(browser, server.url) // whose browser remembers nothing
    await other.signIn(people.admin)
    await other.go('import')
    await other.page.getByText('Elegir archivo…').click()
    await asked(other).waitFor()
    await other.picture('office-import-which-network')
    await other.accessible()
    const file = join(tmpdir(), `acopio-several-${process.pid}.csv`)
    writeFileSync(file, 'Nombre,FLO ID\nCoop. del Sur,91\n')
    await other.page.setInputFiles('input[type=file]', file)
    await into(other, 'Importar en').focus()
    await other.page.keyboard.type('boli')
    await other.page.keyboard.press('Enter')
    await other.page.getByRole('button', { name: 'Ensayar sin cambiar nada' }).click()
    await other.page.getByText('Es un ensayo').waitFor()
    await other.page.getByRole('button', { name: /^Importar 1/ }).click()
    await other.page.getByText('Importado:').waitFor()
    expect(await other.page.locator('.page').evaluate((e) => e.parentElement?.scrollTop)).toBe(0)
    await other.go('members?where=network%3DBO')
    await other.page.getByRole('grid').getByRole('link', { name: 'Coop. del Sur' }).waitFor()
    await other.close()
  })
})

describe.sequential('a view that is shared with all networks in view', () => {
  it('asks with which one, and is that network’s', async () => {
    const other = await Visitor.open(browser, server.url)
    await other.signIn(people.admin)
    const { page } = other
    await other.go('members')
    await page.locator('#members-0-0').waitFor()
    await page.getByRole('button', { name: 'Vistas' }).click()
    await page.getByLabel('Guardar lo que se ve ahora').fill('De Bolivia')
    await page.getByLabel('Compartir con la red', { exact: true }).check()
    await page.getByRole('button', { name: 'Guardar', exact: true }).click()
    await asked(other).waitFor()
    await other.picture('office-view-which-network')
    await other.accessible()
    await into(other, 'Red').click()
    await page.getByRole('option', { name: /Bolivia/ }).click()
    await page.getByRole('button', { name: 'Guardar', exact: true }).click()
    await page.getByText('Se creó «De Bolivia»').waitFor()
    const found = await other.context.request.get(
      `${server.url}/api/records/saved_view?where=name%3DDe%20Bolivia`,
    )
    const { records } = (await found.json()) as {
      records: { network: string; fields: { shared?: boolean } }[]
    }
    expect(records.map((r) => [r.network, r.fields.shared])).toEqual([['BO', true]])
    await other.close()
  })
})

describe.sequential('an address', () => {
  it.each([
    ['organization/01a20938-148f-7000', 'Esta dirección no está completa'],
    ['organization/%E0%A4%A', 'Esta dirección no está completa'],
    ['record/contact/xyz', 'Esta dirección no está completa'],
    ['organization/01a20938-148f-7000-8000-0000000000ff', 'Este registro no está aquí'],
  ])('that leads nowhere says so: %s', async (place, title) => {
    await office.go(place)
    await office.page.getByRole('heading', { name: title }).waitFor()
    await office.page.getByRole('button', { name: 'Buscar', exact: true }).click()
    await office.page.getByRole('dialog').waitFor()
    await office.page.keyboard.press('Escape')
    await office.page.getByRole('dialog').waitFor({ state: 'hidden' })
    await office.picture(`office-address-${title.includes('completa') ? 'broken' : 'gone'}`)
    await office.accessible()
    await office.page.getByRole('button', { name: 'Ver las organizaciones' }).click()
    await office.page.locator('#members-0-0').waitFor()
  })
})

describe.sequential('what the server refuses', () => {
  it('at the console stays in the inbox until somebody decides', async () => {
    const carmen = await Visitor.open(browser, server.url)
    const { page } = carmen
    await carmen.signIn(people.coordinator)
    await carmen.go('members')
    await page.locator('#members-5-0').waitFor()
    const name = await page.locator('#members-5-0').innerText()
    await page.locator('#members-5-1').click()
    await become('viewer')
    await page.keyboard.type('NUNCA')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').first().waitFor()
    await page.keyboard.press('Escape')
    await carmen.go('conflicts/rejected')
    await page.getByRole('button', { name: 'Rechazados (1)' }).waitFor()
    await page.getByRole('link', { name }).waitFor()
    await page.getByText('NUNCA').waitFor()
    await carmen.picture('office-rejected')
    await carmen.accessible()
    await page.reload()
    await page.getByText('NUNCA').waitFor()
    await page.getByRole('button', { name: 'Reintentar' }).click()
    await page.getByText('El servidor tampoco lo aceptó ahora').waitFor()
    await page.getByRole('button', { name: 'Descartar', exact: true }).click()
    await page.getByText('Ningún cambio rechazado').waitFor()
    await page.getByRole('button', { name: 'Deshacer' }).last().click()
    await page.getByText('NUNCA').waitFor()
    await become('coordinator')
    await page.getByRole('button', { name: 'Reintentar' }).click()
    await page.getByText('Ningún cambio rechazado').waitFor()
    await carmen.picture('office-rejected-none')
    await carmen.go('members')
    await expect.poll(() => page.locator('#members-5-1').innerText()).toBe('NUNCA')
    await carmen.close()
  })

  it('of a laptop is told in people’s words, also a field of one’s own', async () => {
    const laptop = await Visitor.open(browser, desktop.url)
    const { page } = laptop
    await laptop.waitForChip(/Al día/)
    cable.cut()
    await laptop.waitForChip(/Sin conexión/)
    await laptop.go('settings')
    await page.getByRole('button', { name: 'Añadir un campo' }).click()
    await page.getByLabel('Nombre (español)').fill('Altitud')
    await page.getByLabel('Qué contiene').selectOption({ label: 'Número entero' })
    await page.getByRole('form').getByRole('button', { name: 'Añadir un campo' }).click()
    await page.getByText('Altitud').first().waitFor()
    await become('field')
    cable.mend()
    await laptop.go('conflicts/rejected')
    const line = page.getByRole('listitem').filter({ hasText: 'Altitud' })
    await line.getByRole('button', { name: 'Reintentar' }).waitFor({ timeout: 40_000 })
    await laptop.picture('window-rejected-own-field')
    await laptop.accessible()
    const text = await line.innerText()
    expect(text).toMatch(/Tipo de registro:\s*Organización/)
    expect(text).not.toMatch(/organization|integer|Número:|Colección/)
    await line.getByRole('link', { name: 'Corregir' }).click()
    await page.getByRole('heading', { name: 'Campos propios' }).waitFor()
    await become('coordinator')
    await laptop.close()
  })
})
