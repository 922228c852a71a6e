import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launch, Visitor, type Look } from './browser'
import { clickEach } from './figures'
import { Desktop, password, people, Server } from './programs'

/** The register in figures: they are those of what was entered, and each opens its list. */

let browser: Browser
const server = new Server()
const desktop = new Desktop()
/** What is entered into the network of Bolivia: organizations with two censuses, memberships, a certificate for one. */
const entered = [
  { name: 'Asociación Uno', country: 'BO', products: ['quinoa'], members: [90, 120], women: 50 },
  { name: 'Cooperativa Dos', country: 'BO', products: ['cocoa', 'quinoa'], members: [40, 60], women: 31 },
  { name: 'Cooperativa Tres', country: 'AR', products: ['honey'], members: [10, 15], women: 4 },
]
const year = new Date().getUTCFullYear()

beforeAll(async () => {
  browser = await launch()
  await server.start()
  await server.addNetwork('BO', 'Red Demo Bolivia (ficticia)', 'BO')
  const visitor = await Visitor.open(browser, server.url)
  await visitor.signIn(people.admin)
  await visitor.go('networks') // the console hears of a network that the command line made a moment later
  await visitor.page.getByRole('row', { name: /Bolivia/ }).waitFor()
  await visitor.page.evaluate(enter, { entered, year })
  await visitor.close()
  await desktop.enroll(server, people.coordinator, 'Laptop de pruebas')
  await desktop.start()
})
afterAll(async () => {
  await browser.close()
  await desktop.close()
  await server.close()
})

/** Runs in the page of somebody who is signed in. */
async function enter(all: { entered: typeof entered; year: number }) {
  const edit = async (collection: string, records: Record<string, unknown>[]) => {
    const edits = records.map((fields) => ({ kind: 'create', collection, network: 'BO', fields }))
    const answer = await fetch('/api/edits', {
      method: 'POST',
      headers: { 'X-Acopio': '1', 'Content-Type': 'application/json' },
      body: JSON.stringify({ edits }),
    })
    if (!answer.ok) throw new Error(await answer.text())
    return ((await answer.json()) as { records: { id: string }[] }).records
  }
  const made = await edit(
    'organization',
    all.entered.map(({ name, country, products }) => ({ name, country, products })),
  )
  await edit(
    'census',
    all.entered.flatMap((o, i) =>
      o.members.map((members_total, k) => ({
        organization: made[i]?.id,
        year: all.year - 1 + k,
        source: 'organization',
        members_total,
        members_youth: 3 + i + k,
        area_total: 12.5 * (i + 1),
        area_certified: 10 * i,
        area_organic: 0.5 + k,
        ...(k === 1 ? { members_women: o.women } : {}),
      })),
    ),
  )
  const event = (i: number, kind: string, date: string) => ({
    organization: made[i]?.id,
    body: 'network',
    kind,
    date,
  })
  await edit('membership_event', [
    ...[0, 1, 2].map((i) => event(i, 'admitted', `${all.year - 2}-03-01`)),
    event(2, 'left', `${all.year - 1}-05-01`),
    event(2, 'reinstated', `${all.year}-01-02`),
  ])
  const soon = new Date(Date.now() + 20 * 86_400_000).toISOString().slice(0, 10)
  await edit('certification', [
    { organization: made[1]?.id, scheme: 'organic', status: 'certified', valid_to: soon },
  ])
}

/** The dashboard of the network of Bolivia alone. */
async function bolivia(look: Look = {}): Promise<Visitor> {
  const visitor = await Visitor.open(browser, server.url, look)
  await visitor.context.addInitScript(() => localStorage.setItem('acopio.network', '"BO"'))
  await visitor.page.reload()
  await visitor.signIn(people.admin)
  await visitor.go('dashboard')
  await visitor.page.waitForSelector('[data-drawn] svg')
  return visitor
}
const figure = (visitor: Visitor, key: string) => visitor.page.locator(`[data-figure=${key}] a`)

it('shows the figures of what was entered, and opens the list behind each', { timeout: 90_000 }, async () => {
  const visitor = await bolivia()
  const { page } = visitor
  expect(await figure(visitor, 'organizations').innerText()).toBe('3')
  expect(await figure(visitor, 'families').innerText()).toBe('195')
  expect(await figure(visitor, 'women').innerText()).toBe('85')
  expect(await figure(visitor, 'expiring').innerText()).toBe('1')
  await visitor.picture('office-dashboard-es-light-1366')
  await visitor.accessible()

  await figure(visitor, 'families').click()
  await page.locator('#members-0-0', { hasText: 'Asociación Uno' }).waitFor()
  await page.getByRole('columnheader', { name: 'Socias y socios (último censo)' }).scrollIntoViewIfNeeded()
  await expect.poll(() => page.getByRole('gridcell', { name: '120', exact: true }).count()).toBe(1)
  await page.goBack()

  await figure(visitor, 'expiring').click()
  await page.locator('#members-0-0', { hasText: 'Cooperativa Dos' }).waitFor()
  await expect
    .poll(() => page.getByRole('status').filter({ hasText: 'organizaci' }).innerText())
    .toBe('1 organización')
  await page.goBack()

  await page.getByRole('button', { name: 'Tablas' }).click()
  const countries = page.getByRole('table', { name: 'Por país' })
  await countries
    .getByRole('row', { name: /Bolivia/ })
    .getByRole('link', { name: '180' })
    .waitFor()
  await visitor.picture('office-dashboard-tables-es-light-1366')
  await visitor.accessible()
  const years = page.getByRole('table', { name: 'Socias y socios por año de censo' })
  await years
    .getByRole('row', { name: new RegExp(`^${year - 1}`) })
    .getByRole('link', { name: '140' })
    .click()
  await page.getByText(`El registro al 31 dic. ${year - 1}`).waitFor()
  await page.getByRole('columnheader', { name: 'Socias y socios (último censo)' }).scrollIntoViewIfNeeded()
  await expect.poll(() => page.getByRole('gridcell', { name: '90', exact: true }).count()).toBe(1)
  await page.goBack()

  const certificates = page.getByRole('table', { name: 'Certificados que vencen, por mes' })
  await certificates.getByRole('link', { name: '1', exact: true }).click()
  await page.locator('#records-0-0', { hasText: 'Cooperativa Dos' }).waitFor()
  await page.getByText('1 registro', { exact: true }).waitFor()
  await visitor.picture('office-list-es-light-1366')
  await visitor.accessible()
  await visitor.close()
})

it('has behind each figure a list that amounts to it', { timeout: 240_000 }, async () => {
  const visitor = await bolivia()
  await visitor.page.getByRole('button', { name: 'Tablas' }).click()
  await visitor.page.getByRole('table', { name: 'Por país' }).waitFor()
  expect(await clickEach(visitor)).toBeGreaterThan(60)
  await visitor.close()
})

it('says who sees no figures, and why', { timeout: 60_000 }, async () => {
  const admin = await Visitor.open(browser, server.url)
  await admin.signIn(people.admin)
  for (const theme of ['light', 'dark'] as const) {
    const email = `sin-red-${theme}@demo.example`
    const added = await admin.context.request.post(`${server.url}/api/users`, {
      headers: { 'X-Acopio': '1' },
      data: { email, name: 'Nadia Ficticia', role: 'coordinator', networks: [], password },
    })
    expect(added.ok(), await added.text()).toBe(true)
    const visitor = await Visitor.open(browser, server.url, { theme })
    await visitor.signIn(email)
    await visitor.go('dashboard')
    await visitor.page.getByText('No tiene acceso a ninguna red').waitFor()
    expect(await visitor.page.getByRole('main').getByRole('button', { name: 'Exportar' }).count()).toBe(0)
    await visitor.picture(`office-dashboard-no-network-es-${theme}`)
    await visitor.accessible()
    await visitor.close()
  }
  await admin.go('dashboard?country=PY')
  await admin.page.getByText('No hay organizaciones en').waitFor()
  await admin.picture('office-dashboard-empty-country-es-light')
  await admin.accessible()
  await admin.close()
})

it('opens the list behind a bar that is clicked', async () => {
  const visitor = await bolivia({ theme: 'dark', width: 1920, height: 1080 })
  const { page } = visitor
  await visitor.picture('office-dashboard-es-dark-1920')
  await visitor.accessible()
  const bars = page.getByRole('region', { name: 'Organizaciones por producto' }).locator('svg')
  await bars.scrollIntoViewIfNeeded()
  await bars.locator('path[fill="var(--chart-1)"]').first().click()
  await page.getByRole('grid').waitFor()
  await expect.poll(() => decodeURIComponent(page.url())).toContain('where=products=quinoa')
  await expect
    .poll(() => page.getByRole('status').filter({ hasText: 'organizaci' }).innerText())
    .toBe('2 organizaciones')
  await visitor.close()
})

it('gives the figures as a file, and fits on paper', async () => {
  const visitor = await bolivia()
  const { page } = visitor
  await page.getByRole('button', { name: 'Exportar' }).click()
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: /CSV/ }).click(),
  ])
  const text = readFileSync(await download.path(), 'utf8')
  expect(text).toContain('BO,BO,2,2,180,81,')
  expect(text).toContain('BO,AR,1,1,15,4,')
  await page.emulateMedia({ media: 'print' })
  expect(await page.getByRole('navigation').isVisible()).toBe(false)
  expect(await page.getByRole('table', { name: 'Por país' }).isVisible()).toBe(true)
  await visitor.picture('office-dashboard-print')
  await visitor.go('members')
  await page.getByRole('grid').getByRole('link').first().click()
  await page.getByRole('heading', { name: 'Identidad' }).waitFor()
  expect(await page.getByRole('link', { name: 'Historial' }).isVisible()).toBe(false)
  expect(await page.getByRole('button').filter({ visible: true }).count()).toBe(0)
  await visitor.picture('office-organization-print')
  await visitor.close()
})

it('says that the server is away, and keeps the figures', { timeout: 60_000 }, async () => {
  const visitor = await bolivia()
  await server.pause()
  await visitor.page.getByText('El servidor no responde: se muestran las cifras').waitFor()
  expect(await figure(visitor, 'organizations').innerText()).toBe('3')
  await visitor.picture('office-dashboard-offline-es-light')
  await server.resume()
  await visitor.page
    .getByText('El servidor no responde: se muestran las cifras')
    .waitFor({ state: 'detached', timeout: 40_000 })
  await visitor.close()
})

it('works in the window, from the laptop’s own copy', async () => {
  const visitor = await Visitor.open(browser, desktop.url, { lang: 'en' })
  await visitor.waitForChip(/Up to date/)
  await visitor.page.keyboard.press('Control+k')
  await visitor.page.keyboard.type('dashboard')
  await visitor.page.keyboard.press('Enter')
  await visitor.page.waitForSelector('[data-drawn] svg')
  expect(await figure(visitor, 'organizations').innerText()).toBe('300')
  expect(await visitor.page.getByText('Devices not seen').count()).toBe(0)
  await visitor.picture('window-dashboard-en-light')
  await visitor.accessible()
  await visitor.close()
})
