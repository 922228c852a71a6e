import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { launch, Visitor } from './browser'
import { Desktop, people, Server } from './programs'

/** The list draws what is in view alone: what people, keys, the clipboard and screen readers find in it is the whole list. */

let browser: Browser
const server = new Server()
const desktop = new Desktop()
let laptop: Visitor
let page: Page

beforeAll(async () => {
  browser = await launch()
  await server.start()
  await desktop.enroll(server, people.coordinator, 'Laptop de Carmen')
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
  await server.close()
})
beforeEach(async () => {
  await laptop.go('')
  await laptop.go('members')
  await page.locator('#members').focus()
  await page.keyboard.press('Control+Home')
  await page.locator('#members-0-0 a').waitFor()
})

const here = () => page.locator('#members').getAttribute('aria-activedescendant')
const columns = async () => Number(await page.locator('#members').getAttribute('aria-colcount'))

/** The rows that are drawn, in the order of the page: their numbers, names and places. */
const drawn = () =>
  page.locator('#members [role=row]:has(> [role=gridcell])').evaluateAll((rows) =>
    rows.map((row) => ({
      number: Number(row.getAttribute('aria-rowindex')) - 2,
      name: row.querySelector('a')?.textContent?.replace(/\s+/g, ' ').trim() ?? '',
      cell: row.querySelector('[id$="-0"]')?.id ?? '',
      top: row.getBoundingClientRect().top,
      columns: [...row.querySelectorAll('[role=gridcell]')].map((c) =>
        Number(c.getAttribute('aria-colindex')),
      ),
    })),
  )

/** The names of the whole list, as the program has them. */
async function names(): Promise<string[]> {
  const answer = await fetch(`${desktop.url}/api/records/organization?limit=300&sort=name`)
  const { records } = (await answer.json()) as { records: { title: string }[] }
  return records.map((r) => r.title.replace(/\s+/g, ' ').trim())
}

it('has the right rows in the right order wherever it is scrolled to', async () => {
  const all = await names()
  for (const to of [0, 500, 530, 3000, 100, 7300, 99_999, 0]) {
    await page.locator('#members').evaluate(async (grid, top) => {
      grid.scrollTop = top
      // The list hears of it with the next frame, and draws with the one after.
      for (let frame = 0; frame < 2; frame++) await new Promise((drawn) => requestAnimationFrame(drawn))
    }, to)
    await expect
      .poll(
        async () => (await drawn()).filter((r) => r.name !== all[r.number]).map((r) => [r.number, r.name]),
        { timeout: 5000 },
      )
      .toEqual([])
    const rows = await drawn()
    expect(rows.length).toBeGreaterThan(20)
    rows.forEach((r, i) => {
      expect(r.number).toBe((rows[0]?.number ?? 0) + i)
      expect(r.cell).toBe(`members-${r.number}-0`)
      expect(r.top - (rows[0]?.top ?? 0)).toBeCloseTo(i * ((rows[1]?.top ?? 0) - (rows[0]?.top ?? 0)), 0)
    })
  }
})

it('takes rows that leave the view for those that come', async () => {
  const rows = page.locator('#members [role=row]:has(> [role=gridcell])')
  const scroll = async (top: number, first: number) => {
    await page.locator('#members').evaluate((grid, to) => (grid.scrollTop = to), top)
    await expect.poll(async () => (await drawn())[0]?.number).toBe(first)
  }
  await scroll(36 * 10, 1)
  await rows.evaluateAll((all) => all.forEach((row) => row.setAttribute('data-was', 'there')))
  await scroll(36 * 16, 7)
  expect(await rows.count()).toBeGreaterThan(20)
  expect(await page.locator('#members [role=row]:has(> [role=gridcell]):not([data-was])').count()).toBe(0)
})

it('draws the columns in view alone, each under its head, and goes to the others by keyboard', async () => {
  const all = await columns()
  const before = (await drawn())[0]?.columns ?? []
  expect(before.length).toBeLessThan(all)
  await page.keyboard.press('End')
  expect(await here()).toBe(`members-0-${all - 2}`)
  const last = page.locator(`#members-0-${all - 2}`)
  expect(await last.getAttribute('aria-colindex')).toBe(String(all))
  for (const { columns: numbers } of await drawn()) {
    expect(numbers.slice(0, 2)).toEqual([1, 2])
    expect(numbers.at(-1)).toBe(all)
    expect(numbers.slice(3)).toEqual(numbers.slice(2, -1).map((n) => n + 1))
  }
  const aligned = () =>
    page.locator('#members').evaluate((grid) =>
      [...grid.querySelectorAll('[role=row]:nth-child(3) > [role=gridcell]')].map((c) => {
        const head = grid.querySelector(
          `[role=columnheader][aria-colindex="${c.getAttribute('aria-colindex')}"]`,
        )
        return Math.round(c.getBoundingClientRect().left - (head?.getBoundingClientRect().left ?? 0))
      }),
    )
  expect(new Set(await aligned())).toEqual(new Set([0]))
  await laptop.picture('window-members-last-columns')
  for (let n = 0; n < all - 2; n++) {
    await page.keyboard.press('ArrowLeft')
    expect(await page.locator(`[id="${await here()}"]`).count()).toBe(1)
    expect(new Set(await aligned())).toEqual(new Set([0]))
  }
  expect(await here()).toBe('members-0-0')
})

it('keeps the cell that the cursor is in while one looks elsewhere', async () => {
  await page.keyboard.press('ArrowRight')
  await page.locator('#members').evaluate((grid) => (grid.scrollLeft = 99_999))
  await expect.poll(async () => (await drawn())[0]?.columns.at(-1)).toBe(await columns())
  expect(await page.locator('#members-0-1').count()).toBe(1)
})

it('copies the cells of columns and rows that are not drawn', async () => {
  const all = await columns()
  await page.keyboard.press('Shift+End')
  await page.keyboard.press('Home')
  for (let n = 0; n < 40; n++) await page.keyboard.press('Shift+ArrowDown')
  await page.keyboard.press('Shift+End')
  await page.locator('#members').evaluate((grid) => (grid.scrollLeft = 0))
  await page.keyboard.press('Control+c')
  await page
    .getByText(/41 filas/)
    .first()
    .waitFor()
  const lines = (await page.evaluate(() => navigator.clipboard.readText())).split('\n')
  expect(lines.map((l) => l.split('\t')[0]?.replace(/\s+/g, ' ').trim())).toEqual(
    (await names()).slice(0, 41),
  )
  expect(new Set(lines.map((l) => l.split('\t').length))).toEqual(new Set([all - 1]))
})

it('has the keys after a row is marked by mouse, whatever comes into that row’s place', async () => {
  await page.locator('#members-1-0').hover()
  await page.locator('[role=row][aria-rowindex="3"] input[type=checkbox]').click()
  expect(await page.locator('[role=row][aria-rowindex="3"]').getAttribute('aria-selected')).toBe('true')
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('members')
  await page.locator('#members').evaluate((grid) => (grid.scrollTop = 5000))
  await expect.poll(async () => (await drawn())[0]?.number).toBeGreaterThan(100)
  expect(await page.locator('[role=row][aria-selected=true]').count()).toBe(0)
  await page.locator('#members').evaluate((grid) => (grid.scrollTop = 0))
  await page.locator('[role=row][aria-rowindex="3"][aria-selected=true]').waitFor()
  await page.keyboard.press('Escape')
})
