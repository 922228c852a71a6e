import { afterEach, describe, expect, it, vi } from 'vitest'
import { backend } from '$lib/api/backend'
import type { Row } from '$lib/api/types'
import { Block } from './block.svelte'
import { Cursor } from './cursor.svelte'
import type { RowChange } from './paste'
import { pageSize, RowWindow } from './rows.svelte'

const total = 3 * pageSize
const row = (i: number): Row => ({
  id: `id${i}`,
  collection: 'organization',
  network: 'PE',
  version: 1,
  deleted: false,
  title: `r${i}`,
  state: 'clean',
  updated_at: 0,
  updated_by: '',
  fields: { acronym: `A${i}` },
})

/** A block of the acronyms of so many rows, of which the first page is held; what is saved is told. */
async function marked(rows: number) {
  const held = new RowWindow('organization', (_q, offset, limit) =>
    Promise.resolve({
      total,
      records: Array.from({ length: Math.min(limit, total - offset) }, (_, i) => row(offset + i)),
    }),
  )
  await held.ask({})
  const cursor = new Cursor()
  cursor.move({ row: rows - 1, col: 0 }, true)
  vi.spyOn(backend, 'check').mockResolvedValue({ problems: [] })
  const saved: RowChange[] = []
  const block = new Block({
    rows: () => held,
    columns: () => [{ name: 'acronym', label: 'Sigla', width: 100, numeric: false, sortable: true }],
    cursor: () => cursor,
    cell: (r, name) => String(r.fields[name] ?? ''),
    mayEdit: () => true,
    saveMany: (changes) => Promise.resolve(saved.push(...changes)),
  })
  return { block, saved }
}

/** The clipboard of a browser: what an event of it takes, and what it takes otherwise. */
function clipboard(write: (text: string) => Promise<void>) {
  vi.stubGlobal('navigator', { language: 'es', clipboard: { writeText: write } })
  const taken: string[] = []
  const event = {
    preventDefault: () => {},
    clipboardData: { setData: (_kind: string, text: string) => taken.push(text) },
  } as unknown as ClipboardEvent
  return { event, taken }
}

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

describe('cutting a block', () => {
  it('empties what is on the clipboard', async () => {
    const { event, taken } = clipboard(() => Promise.reject(new Error('not asked')))
    const { block, saved } = await marked(2)
    await block.cut(event)
    expect(taken).toEqual(['A0\nA1'])
    expect(saved.map((c) => c.fields)).toEqual([{ acronym: null }, { acronym: null }])
  })

  it('reads more rows than are held before it empties them', async () => {
    let copied = ''
    const { event } = clipboard((text) => Promise.resolve(void (copied = text)))
    const { block, saved } = await marked(total)
    await block.cut(event)
    expect(copied.split('\n')).toHaveLength(total)
    expect(saved).toHaveLength(total)
  })

  it('empties nothing that did not get onto the clipboard', async () => {
    const { event } = clipboard(() => Promise.reject(new DOMException('', 'NotAllowedError')))
    const { block, saved } = await marked(total)
    await block.cut(event)
    expect(saved).toEqual([])
  })
})
