import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launch, Visitor } from './browser'
import { people, Server } from './programs'

/** The map and the duplicates, in the office's browser over one server with the demo network. */

let browser: Browser
const server = new Server()

beforeAll(async () => {
  browser = await launch({ webgl: true })
  await server.start()
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

/** How many different colors there are among the pixels of the map: one when it stays blank. */
const colors = (visitor: Visitor): Promise<number> =>
  visitor.page.evaluate(async () => {
    const source = document.querySelector('canvas')
    if (!source) return 0
    const copy = document.createElement('canvas')
    copy.width = copy.height = 200
    const context = copy.getContext('2d')
    context?.drawImage(source, 0, 0, 200, 200)
    const pixels = new Uint32Array(context?.getImageData(0, 0, 200, 200).data.buffer ?? new ArrayBuffer(0))
    return new Set(pixels).size
  })

it('draws the sites, and a typed coordinate corrects one, with undo', { timeout: 60_000 }, async () => {
  for (const theme of ['light', 'dark'] as const) {
    const visitor = await Visitor.open(browser, server.url, { theme })
    const { page } = visitor
    await visitor.signIn(people.coordinator)
    await visitor.go('map')
    await page.waitForSelector('[data-drawn]', { state: 'attached', timeout: 30_000 })
    await expect.poll(() => colors(visitor), { timeout: 15_000 }).toBeGreaterThan(20)
    await visitor.picture(`office-map-es-${theme}`)
    await page.getByRole('listbox', { name: 'Sitios que muestra el mapa' }).focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Corregir la posición' }).click()
    await page.fill('#move-lat', '48,8566')
    await page.fill('#move-lon', '2.3522')
    await visitor.accessible()
    await page.getByRole('button', { name: 'Guardar', exact: true }).click()
    await page.getByText('La posición está en Francia').waitFor()
    await visitor.picture(`office-map-outside-es-${theme}`)
    await page.getByRole('button', { name: 'Deshacer', exact: true }).click()
    await page.getByText('La posición está en Francia').waitFor({ state: 'detached' })
    await visitor.close()
  }
})

it(
  'suggests a duplicate with its reasons until somebody says they are two',
  { timeout: 40_000 },
  async () => {
    const visitor = await Visitor.open(browser, server.url)
    const { page } = visitor
    await visitor.signIn(people.coordinator)
    await page.evaluate(async () => {
      const list = (await (await fetch('/api/records/organization?limit=1&sort=name')).json()) as {
        records: { network: string; fields: Record<string, unknown> }[]
      }
      const { network, fields } = list.records[0] ?? { network: '', fields: {} }
      const { name, flo_id, country, admin1, admin2, locality } = fields
      const copy = { name: String(name).toUpperCase(), flo_id, country, admin1, admin2, locality }
      const edits = [{ kind: 'create', collection: 'organization', network, fields: copy }]
      await fetch('/api/edits', {
        method: 'POST',
        headers: { 'X-Acopio': '1', 'Content-Type': 'application/json' },
        body: JSON.stringify({ edits }),
      })
    })
    await visitor.go('duplicates')
    await page.getByText('Mismo FLO ID').first().waitFor()
    await visitor.picture('office-duplicates-es-light')
    await visitor.accessible()
    const pairs = page.getByRole('list', { name: 'Duplicados' }).getByRole('button')
    const before = await pairs.count()
    await page.getByRole('button', { name: 'No son la misma' }).click()
    await expect.poll(() => pairs.count()).toBe(before - 1)
    await page.reload()
    await page.waitForSelector('main h1')
    await expect.poll(() => page.getByText('Mismo FLO ID').count()).toBe(0)
    await visitor.close()
  },
)

it(
  'shows the sites of one organization on a small map, and goes on in its table',
  { timeout: 60_000 },
  async () => {
    const visitor = await Visitor.open(browser, server.url)
    const { page } = visitor
    await visitor.signIn(people.coordinator)
    const organization = await page.evaluate(async () => {
      const found = (await (await fetch('/api/records/site?limit=1&where=lat!=')).json()) as {
        records: { network: string; fields: { organization: string } }[]
      }
      const { network, fields } = found.records[0] ?? { network: '', fields: { organization: '' } }
      const site = {
        organization: fields.organization,
        name: 'Bodega lejana',
        kind: 'warehouse',
        lat: 48.8566,
        lon: 2.3522,
      }
      await fetch('/api/edits', {
        method: 'POST',
        headers: { 'X-Acopio': '1', 'Content-Type': 'application/json' },
        body: JSON.stringify({ edits: [{ kind: 'create', collection: 'site', network, fields: site }] }),
      })
      return fields.organization
    })
    await visitor.go(`organization/${organization}/site`)
    await page.waitForSelector('[data-drawn]', { state: 'attached', timeout: 30_000 })
    await expect.poll(() => colors(visitor), { timeout: 15_000 }).toBeGreaterThan(10)
    await page.getByText('La posición está en Francia').waitFor()
    const row = page.getByRole('button', { name: 'Bodega lejana' })
    await row.focus()
    await page.keyboard.press('Enter')
    expect(await row.getAttribute('aria-expanded')).toBe('true')
    await visitor.picture('office-organization-sites-es-light')
    await visitor.accessible()
    await page.getByRole('link', { name: 'Ver en el mapa' }).click()
    await page.getByRole('article', { name: 'Bodega lejana' }).getByText('Francia').waitFor()
    await visitor.close()
  },
)
