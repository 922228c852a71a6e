import { expect } from 'vitest'
import type { Visitor } from './browser'

/** The figures that a dashboard shows, and the lists behind them. */

/** A figure: what it is of, what it says, and where its list is. */
interface Shown {
  name: string
  says: string
  href: string
}

const number = (text: string) => Number(/\d[\d,]*(\.\d+)?/.exec(text)?.[0].replaceAll(',', '') ?? 0)

/** Every figure in the order of the page, each address once. */
async function figures({ page }: Visitor): Promise<Shown[]> {
  const all = await page.evaluate(() =>
    [...document.querySelectorAll<HTMLAnchorElement>('main [data-figure] a, main td a')].map((link) => {
      const cell = link.closest('td')
      const table = link.closest('table')
      const words = cell
        ? [table?.caption, cell.closest('tr')?.cells[0], table?.tHead?.rows[0]?.cells[cell.cellIndex]]
        : [link.closest('[data-figure]')?.querySelector('dt')]
      const name = words.map((e) => e?.textContent.trim()).join(' · ')
      return { name, says: link.innerText, href: link.getAttribute('href') ?? '' }
    }),
  )
  return all.filter((f, i) => all.findIndex((g) => g.href === f.href && g.says === f.says) === i)
}

/** How many the list says it has. */
async function listed({ page }: Visitor): Promise<number> {
  if (page.url().includes('#/devices')) return page.locator('main tbody tr').count()
  const told = page.locator('main [role=status]').filter({ hasText: /\d (organizaci|registro)/ })
  return number(await told.first().innerText({ timeout: 5000 }))
}

/** The values of the column that the list is sorted by, once they are all there. */
async function sortedValues({ page }: Visitor): Promise<number[]> {
  const head = page.locator('[role=columnheader][aria-sort]').first()
  await head.scrollIntoViewIfNeeded() // columns are drawn where they are in view
  const column = await head.getAttribute('aria-colindex')
  const cells = page.locator(`[role=gridcell][aria-colindex="${column}"]:not([aria-busy])`)
  return (await cells.allInnerTexts()).map(number)
}

/** What the list behind a figure amounts to: how many it has, or their sum or mean where the figure is one. */
async function amount(visitor: Visitor, href: string): Promise<number> {
  const sort = new URLSearchParams(href.split('?')[1]).get('sort') ?? ''
  const total = await listed(visitor)
  if (sort !== 'freshness' && !/^-(members|area)_/.test(sort)) return total
  const values = await sortedValues(visitor)
  if (values.length !== total) return NaN // not all are drawn yet
  const sum = values.reduce((a, b) => a + b, 0)
  return sort === 'freshness' ? Math.round(sum / total) : Math.round(sum * 10) / 10
}

/** Clicks every figure and fails where the list behind it does not amount to it. Says how many there were. */
export async function clickEach(visitor: Visitor): Promise<number> {
  const { page } = visitor
  const dashboard = page.url()
  const all = await figures(visitor)
  for (const { name, says, href } of all) {
    await page.locator(`main a[href="${href}"]`).first().click()
    await expect.poll(() => page.url(), { message: name }).not.toBe(dashboard)
    await expect
      .poll(() => amount(visitor, href), { message: `${name}: ${href}`, timeout: 10_000 })
      .toBe(number(says))
    await page.goto(dashboard)
    await page.locator(`main a[href="${href}"]`).first().waitFor()
  }
  return all.length
}
