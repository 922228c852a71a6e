import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { VirtualRows } from './virtual.svelte'

/** An element that scrolls, as much of it as matters here. */
class Scroller extends EventTarget {
  scrollTop = 0
  clientWidth = 1000
  clientHeight = 396
}

let resized: () => void
let frames: (() => void)[]
beforeEach(() => {
  frames = []
  vi.stubGlobal(
    'ResizeObserver',
    class {
      constructor(told: () => void) {
        resized = told
      }
      observe = () => undefined
      disconnect = () => undefined
    },
  )
  vi.stubGlobal('requestAnimationFrame', (frame: () => void) => frames.push(frame))
  vi.stubGlobal('cancelAnimationFrame', () => undefined)
})
afterEach(() => vi.unstubAllGlobals())

describe('VirtualRows', () => {
  let count = 100_000
  const options = { count: () => count, rowHeight: () => 36, headerHeight: 36 }
  beforeEach(() => (count = 100_000))

  const shown = () => {
    const rows = new VirtualRows(options)
    const element = new Scroller()
    rows.attach(element as unknown as HTMLElement)
    resized()
    return { rows, element }
  }

  it('has the rows in view at once where the size is known before it is drawn', () => {
    const rows = new VirtualRows({ ...options, size: { width: 1000, height: 396 } })
    expect(rows.range).toEqual({ first: 0, last: 10 })
    expect(rows.items.slice(0, 2)).toEqual([
      { index: 0, slot: 0, start: 36 },
      { index: 1, slot: 1, start: 72 },
    ])
    expect(rows.height).toBe(36 * 100_001)
  })

  it('has some beyond both ends once those in view were drawn', () => {
    const { rows, element } = shown()
    element.scrollTop = 3600
    element.dispatchEvent(new Event('scroll'))
    expect(rows.range).toEqual({ first: 99, last: 110 })
    frames.forEach((frame) => frame())
    expect(rows.range).toEqual({ first: 91, last: 118 })
    count = 95
    expect(rows.range).toEqual({ first: 91, last: 94 })
    count = 0
    expect(rows.items).toEqual([])
  })

  it('takes the row that leaves the view for the one that comes, wherever it is scrolled to', () => {
    const { rows, element } = shown()
    frames.forEach((frame) => frame())
    const slots = () => rows.items.map((item) => item.slot)
    const scroll = (to: number) => {
      element.scrollTop = to
      element.dispatchEvent(new Event('scroll'))
    }
    scroll(3600)
    const drawn = new Set(slots())
    expect(drawn.size).toBe(28)
    for (const to of [3601, 3635, 3640, 3700, 90_000, 2_345_678, 3600]) {
      scroll(to)
      expect(rows.items.length, String(to)).toBe(28)
      expect(new Set(slots()), String(to)).toEqual(drawn)
    }
    const before = rows.items
    scroll(3640)
    expect(rows.items.slice(0, -1).every((item, i) => item === before[i + 1])).toBe(true)
    expect(rows.items.at(-1)?.slot).toBe(before[0]?.slot)
  })

  it('scrolls just enough to show a row, not under the header', () => {
    const { rows, element } = shown()
    rows.show(9)
    expect(element.scrollTop, 'it is in view').toBe(0)
    rows.show(10)
    expect(element.scrollTop).toBe(36)
    rows.show(99_999)
    expect(element.scrollTop).toBe(36 * 100_001 - 396)
    expect(rows.range.last).toBe(99_999)
    rows.show(500)
    expect(element.scrollTop).toBe(36 * 500)
    rows.top()
    expect(rows.range.first).toBe(0)
  })

  it('reaches every one of more rows than a browser has pixels for', () => {
    count = 5_000_000
    const { rows, element } = shown()
    expect(rows.height).toBe(30_000_000)
    for (const index of [4_999_999, 0, 3_210_987, 3_210_988, 17]) {
      rows.show(index)
      const row = rows.items.find((r) => r.index === index)
      expect(row, `${index} is drawn`).toBeDefined()
      const top = (row?.start ?? 0) - element.scrollTop
      expect(top, `${index} is under the header`).toBeGreaterThan(36 - 0.01)
      expect(top + 36, `${index} is in view`).toBeLessThan(396 + 0.01)
    }
    element.scrollTop = 30_000_000 - 396
    element.dispatchEvent(new Event('scroll'))
    expect(rows.range.last).toBe(4_999_999)
  })
})
