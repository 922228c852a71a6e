import { describe, expect, it } from 'vitest'
import { afterEdit, fromTSV, gridKey, rectangle, toTSV, type Key } from './keys'

const sheet = { rows: 100, cols: 5, pageRows: 20 }
const key = (name: string, mods: Partial<Key> = {}): Key => ({
  key: name,
  shift: false,
  ctrl: false,
  alt: false,
  ...mods,
})
const at = { row: 10, col: 2 }

describe('gridKey', () => {
  it.each([
    ['ArrowUp', {}, { row: 9, col: 2 }],
    ['ArrowDown', {}, { row: 11, col: 2 }],
    ['ArrowLeft', {}, { row: 10, col: 1 }],
    ['ArrowRight', {}, { row: 10, col: 3 }],
    ['ArrowDown', { ctrl: true }, { row: 99, col: 2 }],
    ['Home', {}, { row: 10, col: 0 }],
    ['Home', { ctrl: true }, { row: 0, col: 0 }],
    ['End', { ctrl: true }, { row: 99, col: 4 }],
    ['PageDown', {}, { row: 30, col: 2 }],
    ['PageUp', {}, { row: 0, col: 2 }],
    ['Tab', {}, { row: 10, col: 3 }],
    ['Tab', { shift: true }, { row: 10, col: 1 }],
  ])('%s %o moves', (name, mods, to) => {
    expect(gridKey(key(name, mods), at, sheet)).toMatchObject({ do: 'move', to })
  })

  it('extends the marked range with Shift, but not with Shift-Tab', () => {
    expect(gridKey(key('ArrowDown', { shift: true }), at, sheet)).toMatchObject({ extend: true })
    expect(gridKey(key('Tab', { shift: true }), at, sheet)).toMatchObject({ extend: false })
  })

  it('stays inside the sheet', () => {
    expect(gridKey(key('ArrowUp'), { row: 0, col: 0 }, sheet)).toMatchObject({ to: { row: 0, col: 0 } })
    expect(gridKey(key('PageDown'), { row: 95, col: 4 }, sheet)).toMatchObject({ to: { row: 99, col: 4 } })
  })

  it('lets Tab out past either end of a row, so that nobody is caught', () => {
    expect(gridKey(key('Tab'), { row: 3, col: 4 }, sheet)).toBeUndefined()
    expect(gridKey(key('Tab', { shift: true }), { row: 3, col: 0 }, sheet)).toBeUndefined()
  })

  it('edits with Enter, F2 or by typing', () => {
    expect(gridKey(key('Enter'), at, sheet)).toEqual({ do: 'edit' })
    expect(gridKey(key('F2'), at, sheet)).toEqual({ do: 'edit' })
    expect(gridKey(key('ñ'), at, sheet)).toEqual({ do: 'edit', seed: 'ñ' })
    expect(gridKey(key(' '), at, sheet)).toEqual({ do: 'select', range: false })
  })

  it('opens with Ctrl-Enter, empties with Delete, gives up with Escape', () => {
    expect(gridKey(key('Enter', { ctrl: true }), at, sheet)).toEqual({ do: 'open' })
    expect(gridKey(key('Delete'), at, sheet)).toEqual({ do: 'clear' })
    expect(gridKey(key('Escape'), at, sheet)).toEqual({ do: 'cancel' })
  })

  it('leaves shortcuts of the program alone', () => {
    for (const name of ['k', 'z', 'c', 'v'])
      expect(gridKey(key(name, { ctrl: true }), at, sheet)).toBeUndefined()
    expect(gridKey(key('Shift'), at, sheet)).toBeUndefined()
    expect(gridKey(key('ArrowLeft', { alt: true }), at, sheet)).toBeUndefined()
  })

  it('fills down with Ctrl-D, marks all with Ctrl-A and the rows of a range with Shift-Space', () => {
    expect(gridKey(key('d', { ctrl: true }), at, sheet)).toEqual({ do: 'fillDown' })
    expect(gridKey(key('a', { ctrl: true }), at, sheet)).toEqual({ do: 'selectAll' })
    expect(gridKey(key(' ', { shift: true }), at, sheet)).toEqual({ do: 'select', range: true })
  })

  it('opens the menu of the column one is in, sorts by it and sizes it with Alt', () => {
    expect(gridKey(key('ArrowDown', { alt: true }), at, sheet)).toEqual({ do: 'menu' })
    expect(gridKey(key('ArrowDown', { alt: true, shift: true }), at, sheet)).toEqual({
      do: 'sort',
      falling: true,
    })
    expect(gridKey(key('ArrowUp', { alt: true }), at, sheet)).toEqual({ do: 'sort', falling: false })
    expect(gridKey(key('ArrowRight', { alt: true, shift: true }), at, sheet)).toEqual({
      do: 'resize',
      by: 16,
    })
  })

  it('does nothing in an empty sheet', () => {
    expect(gridKey(key('ArrowDown'), { row: 0, col: 0 }, { rows: 0, cols: 3, pageRows: 10 })).toBeUndefined()
  })
})

describe('afterEdit', () => {
  it('goes on as in a spreadsheet', () => {
    expect(afterEdit({ key: 'Enter', shift: false }, at, sheet)).toEqual({ row: 11, col: 2 })
    expect(afterEdit({ key: 'Enter', shift: true }, at, sheet)).toEqual({ row: 9, col: 2 })
    expect(afterEdit({ key: 'Tab', shift: false }, at, sheet)).toEqual({ row: 10, col: 3 })
    expect(afterEdit({ key: 'Escape', shift: false }, at, sheet)).toEqual(at)
  })
})

describe('the clipboard', () => {
  it('takes back what it gave, whatever is in the cells', () => {
    const cells = [
      ['Café', 'a\tb', 'dos\nlíneas'],
      ['', 'dice "sí"', '=1+1'],
    ]
    expect(fromTSV(toTSV(cells))).toEqual(cells)
  })
  it('reads what spreadsheets write', () => {
    expect(fromTSV('a\tb\r\nc\td\r\n')).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
    expect(fromTSV('una')).toEqual([['una']])
  })
})

it('rectangle holds both corners, in whatever order', () => {
  expect(rectangle({ row: 5, col: 1 }, { row: 2, col: 3 })).toEqual({ top: 2, left: 1, bottom: 5, right: 3 })
})
