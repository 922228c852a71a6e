import { describe, expect, it } from 'vitest'
import type { Page, Row } from '$lib/api/types'
import { pageSize, RowWindow } from './rows.svelte'

const row = (i: number, title = `r${i}`): Row => ({
  id: `id${i}`,
  collection: 'organization',
  network: 'PE',
  version: 1,
  deleted: false,
  title,
  state: 'clean',
  updated_at: 0,
  updated_by: '',
  fields: {},
})

/** A list of n rows whose answers are given when told to. */
function slowList(n: number) {
  const asked: { offset: number; limit: number; signal: AbortSignal; give: () => void }[] = []
  const fetch = (_q: unknown, offset: number, limit: number, signal: AbortSignal) =>
    new Promise<Page>((resolve, reject) => {
      const records = Array.from({ length: Math.max(0, Math.min(limit, n - offset)) }, (_, i) =>
        row(offset + i),
      )
      signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')))
      asked.push({ offset, limit, signal, give: () => resolve({ total: n, records }) })
    })
  return { fetch, asked }
}

const settled = () => new Promise((r) => setTimeout(r))

describe('RowWindow', () => {
  it('asks for the first page and knows how many there are in all', async () => {
    const list = slowList(6859)
    const rows = new RowWindow('organization', list.fetch)
    const asked = rows.ask({})
    list.asked[0]?.give()
    expect(await asked).toBe(true)
    expect(rows.total).toBe(6859)
    expect(rows.row(pageSize - 1)?.id).toBe(`id${pageSize - 1}`)
    expect(rows.row(pageSize)).toBeUndefined()
  })

  it('fetches only the pages in view, each once', async () => {
    const list = slowList(100_000)
    const rows = new RowWindow('organization', list.fetch)
    void rows.ask({})
    list.asked[0]?.give()
    await settled()
    rows.need(50_000, 50_040)
    rows.need(50_000, 50_040)
    expect(list.asked.slice(1).map((a) => a.offset)).toEqual([50_000])
    list.asked[1]?.give()
    await settled()
    expect(rows.row(50_020)?.id).toBe('id50020')
  })

  it('asks for the next page before its rows come into view, on the side that one scrolls to', async () => {
    const list = slowList(100_000)
    const rows = new RowWindow('organization', list.fetch)
    const asked = rows.ask({})
    list.asked[0]?.give()
    await asked
    const offsets = () => list.asked.splice(0).map((a) => a.offset)
    rows.need(0, 20)
    expect(offsets(), 'nobody scrolled yet').toEqual([0])
    rows.need(1, 21)
    expect(offsets()).toEqual([])
    rows.need(5, 25)
    expect(offsets()).toEqual([pageSize])
    rows.need(50_060, 50_080)
    expect(offsets(), 'a leap').toEqual([50_050])
    rows.need(50_059, 50_079)
    expect(offsets()).toEqual([50_000])
    rows.need(99_951, 99_971)
    rows.need(99_979, 99_999)
    expect(offsets(), 'the end').toEqual([99_950])
  })

  it('gives up pages that were scrolled past', async () => {
    const list = slowList(100_000)
    const rows = new RowWindow('organization', list.fetch)
    void rows.ask({})
    list.asked[0]?.give()
    await settled()
    rows.need(10_000, 10_030)
    rows.need(90_000, 90_030)
    expect(list.asked[1]?.signal.aborted).toBe(true)
    expect(list.asked[2]?.signal.aborted).toBe(false)
  })

  it('keeps what is shown until a new search has an answer, and takes only the last one', async () => {
    const list = slowList(300)
    const rows = new RowWindow('organization', list.fetch)
    void rows.ask({})
    list.asked[0]?.give()
    await settled()
    const first = rows.ask({ q: 'a' })
    const second = rows.ask({ q: 'ab' })
    expect(rows.row(0)?.id).toBe('id0')
    expect(rows.words, 'of the rows that are shown').toBe('')
    list.asked[2]?.give()
    expect(await first).toBe(false)
    expect(await second).toBe(true)
    expect(rows.words).toBe('ab')
  })

  it('holds a bounded number of pages however far one scrolls', async () => {
    const list = slowList(100_000)
    const rows = new RowWindow('organization', list.fetch)
    void rows.ask({})
    list.asked[0]?.give()
    await settled()
    for (let page = 1; page < 60; page++) {
      rows.need(page * pageSize, page * pageSize + 30)
      list.asked.at(-1)?.give()
      await settled()
    }
    const held = Array.from({ length: 60 }, (_, p) => rows.row(p * pageSize)).filter(Boolean)
    expect(held.length).toBeLessThanOrEqual(48)
    expect(rows.row(59 * pageSize)).toBeDefined()
  })

  it('puts newer rows where the old ones are, and finds them', async () => {
    const list = slowList(10)
    const rows = new RowWindow('organization', list.fetch)
    void rows.ask({})
    list.asked[0]?.give()
    await settled()
    rows.patch([row(3, 'otro nombre')])
    expect(rows.row(3)?.title).toBe('otro nombre')
    expect(rows.indexOf('id3')).toBe(3)
    expect(rows.indexOf('nadie')).toBe(-1)
  })

  it('refreshes in place without moving rows while a cell is edited', async () => {
    let swapped = false
    const rows = new RowWindow('organization', async () => ({
      total: 2,
      records: swapped ? [row(2, 'dos'), row(1, 'uno nuevo')] : [row(1, 'uno'), row(2, 'dos')],
    }))
    await rows.ask({})
    swapped = true
    await rows.refresh(true)
    expect([rows.row(0)?.title, rows.row(1)?.title]).toEqual(['uno nuevo', 'dos'])
    await rows.refresh()
    expect([rows.row(0)?.title, rows.row(1)?.title]).toEqual(['dos', 'uno nuevo'])
  })

  it('gives the rows of the list that is asked for, and not of the one that is still shown', async () => {
    const give: (() => void)[] = []
    const rows = new RowWindow('organization', ({ q }, offset, limit) => {
      const total = q ? 60 : 200
      const records = Array.from({ length: Math.min(limit, total - offset) }, (_, i) =>
        row(offset + i + (q ? 1000 : 0)),
      )
      return new Promise((resolve) => give.push(() => resolve({ total, records })))
    })
    const next = async () => {
      await settled()
      give.shift()?.()
      await settled()
    }
    void rows.ask({})
    await next()
    void rows.ask({ q: 'café' })
    const all = rows.range(0, 4999)
    await next()
    await next()
    expect((await all).map((r) => r.id)).toEqual(Array.from({ length: 60 }, (_, i) => `id${1000 + i}`))
  })
})
