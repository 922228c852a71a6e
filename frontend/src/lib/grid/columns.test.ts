import { describe, expect, it } from 'vitest'
import { fitted, within, type Column } from './columns.svelte'

const column = (name: string, width: number, sized = false): Column => ({
  name,
  label: name,
  width,
  numeric: false,
  sortable: true,
  ...(sized ? { sized } : {}),
})
const rest = [150, 92, 165, 165, 110, 150, 200].map((w, i) => column(`c${i}`, w))

/** Where each column ends, beside the 44 pixels of the marks. */
const ends = (columns: Column[]) =>
  columns.reduce<number[]>((at, c) => [...at, (at.at(-1) ?? 44) + c.width], [])

describe('the first column', () => {
  it('lets the last column in view be whole', () => {
    for (const room of [1171, 1085, 1725, 1400]) {
      const shown = fitted([column('name', 380), ...rest, ...rest], room, 44)
      expect(ends(shown), String(room)).toContain(room)
      expect(shown[0]?.width).toBeGreaterThanOrEqual(280)
      expect(shown[0]?.width).toBeLessThanOrEqual(460)
    }
  })
  it('stays as a person made it, and as it is where nothing would fit', () => {
    expect(fitted([column('name', 333, true), ...rest], 1171, 44)[0]?.width).toBe(333)
    expect(fitted([column('name', 380), column('wide', 2000)], 1171, 44)[0]?.width).toBe(380)
  })
  it('is in view with those that are not wholly beyond an edge', () => {
    const shown = fitted([column('name', 380), ...rest, ...rest], 1171, 44)
    const { from, to } = within(shown, 1171, 44)
    expect(from).toBe(1)
    expect(ends(shown)[to - 1]).toBe(1171)
    expect(within(shown, 1172, 44).to).toBe(to + 1)
    expect(within(shown, 1171, 44, 1)).toEqual({ from: 1, to: to + 1 })
    expect(within(shown, 1171, 44, 149).from, 'a pixel of it is left').toBe(1)
    expect(within(shown, 1171, 44, 150).from, 'it is under the first').toBe(2)
    expect(within(shown, 9999, 44)).toEqual({ from: 1, to: shown.length })
    expect(within(shown, 1171, 44, 99_999)).toEqual({ from: shown.length, to: shown.length })
    expect(within(shown, 1171, 44, 0, shown.length - 1), 'with one beyond').toEqual({
      from: 1,
      to: shown.length,
    })
    expect(within(shown, 1171, 44, 99_999, 4)).toEqual({ from: 4, to: shown.length })
    expect(within(shown, 1171, 44, 150, 0).from, 'the first is there anyway').toBe(2)
    expect(within([column('name', 380)], 1171, 44)).toEqual({ from: 1, to: 1 })
  })
  it('leaves half of a phone to the others', () => {
    expect(fitted([column('name', 380), ...rest], 360, 44)[0]?.width).toBe(180)
  })
})
