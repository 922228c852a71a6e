import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launch, Visitor } from './browser'
import { people, Server } from './programs'

/** Two organizations that are one, in the office's browser: chosen field by field, merged, taken back, told apart. */

let browser: Browser
const server = new Server()

beforeAll(async () => {
  browser = await launch()
  await server.start()
})
afterAll(async () => {
  await browser.close()
  await server.close()
})

interface Twin {
  id: string
  name: string
}

/** Enters an organization a second time, with an acronym of its own, a contact and a site. */
const enterTwice = (visitor: Visitor, at: number): Promise<Twin> =>
  visitor.page.evaluate(async (offset) => {
    const send = async (edits: unknown[]) => {
      const answer = await fetch('/api/edits', {
        method: 'POST',
        headers: { 'X-Acopio': '1', 'Content-Type': 'application/json' },
        body: JSON.stringify({ edits }),
      })
      return ((await answer.json()) as { records: { id: string }[] }).records
    }
    const list = (await (
      await fetch(`/api/records/organization?limit=1&sort=name&offset=${offset}`)
    ).json()) as { records: { network: string; fields: Record<string, unknown> }[] }
    const { network, fields } = list.records[0] ?? { network: '', fields: {} }
    const { country, admin1, admin2, locality, flo_id } = fields
    const name = String(fields.name).toUpperCase()
    const twin = { name, acronym: 'DOBLE', products: ['honey'], flo_id, country, admin1, admin2, locality }
    const [made] = await send([{ kind: 'create', collection: 'organization', network, fields: twin }])
    const organization = made?.id ?? ''
    await send([
      { kind: 'create', collection: 'contact', network, fields: { organization, name: 'Rosa Duplicada' } },
      { kind: 'create', collection: 'site', network, fields: { organization, kind: 'office' } },
    ])
    return { id: organization, name }
  }, at)

const pairs = (v: Visitor) => v.page.getByRole('list', { name: 'Duplicados' }).getByRole('button')
const pairOf = (v: Visitor, twin: Twin) => pairs(v).filter({ hasText: twin.name })
const row = (v: Visitor, name: string) => v.page.locator(`[data-choice=${name}]`)

it(
  'merges two with a choice by keyboard, shows where one went, and takes it back',
  { timeout: 90_000 },
  async () => {
    for (const [at, theme] of (['light', 'dark'] as const).entries()) {
      const visitor = await Visitor.open(browser, server.url, { theme })
      const { page } = visitor
      await visitor.signIn(people.coordinator)
      const twin = await enterTwice(visitor, 10 * at)
      await visitor.go('duplicates')
      await pairOf(visitor, twin).click()
      await row(visitor, 'acronym').waitFor()
      // The one with less stays, by keyboard alone: then its name and acronym are the default.
      const twinFirst = (await page.locator('thead a').first().innerText()) === twin.name
      const [mine, theirs] = twinFirst ? ['1', '2'] : ['2', '1']
      await row(visitor, 'stays').locator('input:checked').focus()
      await page.keyboard.press(theirs)
      expect(await row(visitor, 'acronym').locator('input:checked').inputValue()).not.toBe(
        twinFirst ? 'first' : 'second',
      )
      await page.getByTestId('merge-moves').filter({ hasText: '1 contacto' }).waitFor()
      while ((await page.evaluate(() => document.activeElement?.getAttribute('name'))) !== 'acronym') {
        await page.keyboard.press('ArrowDown')
      }
      await page.keyboard.press(mine)
      expect(await row(visitor, 'acronym').locator('input:checked').inputValue()).toBe(
        twinFirst ? 'first' : 'second',
      )
      await visitor.picture(`office-merge-es-${theme}`)
      await visitor.accessible()
      const kept = await page
        .locator('thead a')
        .nth(twinFirst ? 1 : 0)
        .innerText()
      await page.keyboard.press('Control+Enter')
      await page.getByText(`«${twin.name}» se unió con «${kept}»`).waitFor()
      await expect.poll(() => pairOf(visitor, twin).count()).toBe(0)
      await visitor.picture(`office-merged-es-${theme}`)

      await visitor.go(`organization/${twin.id}`)
      const went = page.getByRole('region', { name: 'Se unió con otra' })
      await went.getByText(`«${kept}» eran la misma`).waitFor()
      await visitor.picture(`office-retired-es-${theme}`)
      await visitor.accessible()
      await went.getByRole('button', { name: `Abrir «${kept}»` }).click()
      await page.getByRole('heading', { level: 1, name: kept, exact: true }).waitFor()
      expect(await page.getByLabel('Sigla').inputValue()).toBe('DOBLE')
      await page.getByRole('link', { name: 'Contactos' }).first().click()
      await page.getByRole('cell', { name: 'Rosa Duplicada', exact: true }).waitFor()

      await page.keyboard.press('Control+z')
      await page.getByRole('cell', { name: 'Rosa Duplicada', exact: true }).waitFor({ state: 'detached' })
      await visitor.go('duplicates')
      await pairOf(visitor, twin).waitFor()
      await visitor.close()
    }
  },
)

it('remembers that two are not the same, and lets a reader only compare', { timeout: 60_000 }, async () => {
  const visitor = await Visitor.open(browser, server.url)
  const { page } = visitor
  await visitor.signIn(people.coordinator)
  const twin = await enterTwice(visitor, 20)
  const reader = await Visitor.open(browser, server.url)
  await reader.signIn(people.viewer)
  await reader.go('duplicates')
  await pairOf(reader, twin).click()
  await reader.page.getByText('Su rol permite compararlas, no unirlas').waitFor()
  expect(await reader.page.getByRole('radio').count()).toBe(0)
  await reader.picture('office-merge-reader')
  await reader.accessible()
  await reader.close()

  await visitor.go('duplicates')
  await pairOf(visitor, twin).click()
  await page.getByRole('button', { name: 'Unir las dos' }).click()
  await page.getByRole('button', { name: 'Deshacer', exact: true }).click()
  await pairOf(visitor, twin).click()
  await page.getByRole('button', { name: 'No son la misma' }).click()
  await expect.poll(() => pairOf(visitor, twin).count()).toBe(0)
  await page.reload()
  await page.waitForSelector('main h1')
  await pairs(visitor).first().waitFor()
  expect(await pairOf(visitor, twin).count()).toBe(0)
  await visitor.close()
})
