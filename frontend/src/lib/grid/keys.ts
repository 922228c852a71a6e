/** What keys do in a grid, as in a spreadsheet: pure, so that it can be tested without a page. */

export interface Spot {
  row: number
  col: number
}

export interface Sheet {
  rows: number
  cols: number
  /** Rows that fit in the view, for PageUp and PageDown. */
  pageRows: number
}

export interface Key {
  key: string
  shift: boolean
  ctrl: boolean
  alt: boolean
}

export type Command =
  | { do: 'move'; to: Spot; extend: boolean }
  | { do: 'edit'; seed?: string }
  | { do: 'open' }
  | { do: 'clear' }
  | { do: 'fillDown' }
  | { do: 'menu' }
  | { do: 'select'; range: boolean }
  | { do: 'selectAll' }
  | { do: 'cancel' }
  | { do: 'sort'; falling: boolean }
  | { do: 'resize'; by: number }

/** What a key means when no cell is being edited; undefined when the key is not the grid's. */
export function gridKey(key: Key, at: Spot, sheet: Sheet): Command | undefined {
  if (sheet.rows === 0 || sheet.cols === 0) return undefined
  if (key.alt && !key.ctrl) return aboutColumn(key)
  const step = movement(key, at, sheet)
  if (step) return { do: 'move', to: within(step, sheet), extend: key.shift && key.key !== 'Tab' }
  if (key.key === 'Enter' && key.ctrl) return { do: 'open' }
  if (key.ctrl) return withControl(key.key.toLowerCase())
  switch (key.key) {
    case 'Enter':
    case 'F2':
      return { do: 'edit' }
    case 'Delete':
    case 'Backspace':
      return { do: 'clear' }
    case 'Escape':
      return { do: 'cancel' }
    case ' ':
      return { do: 'select', range: key.shift }
    default:
      return [...key.key].length === 1 ? { do: 'edit', seed: key.key } : undefined
  }
}

function withControl(key: string): Command | undefined {
  if (key === 'a') return { do: 'selectAll' }
  return key === 'd' ? { do: 'fillDown' } : undefined
}

/** With Alt, arrows open the menu of the column one is in, sort by it or change its width. */
function aboutColumn(key: Key): Command | undefined {
  switch (key.key) {
    case 'Enter':
      return { do: 'open' }
    case 'ArrowDown':
      return key.shift ? { do: 'sort', falling: true } : { do: 'menu' }
    case 'ArrowUp':
      return { do: 'sort', falling: false }
    case 'ArrowLeft':
    case 'ArrowRight':
      return key.shift ? { do: 'resize', by: key.key === 'ArrowRight' ? 16 : -16 } : undefined
    default:
      return undefined
  }
}

function movement(key: Key, at: Spot, sheet: Sheet): Spot | undefined {
  const far = key.ctrl
  switch (key.key) {
    case 'ArrowUp':
      return { row: far ? 0 : at.row - 1, col: at.col }
    case 'ArrowDown':
      return { row: far ? sheet.rows - 1 : at.row + 1, col: at.col }
    case 'ArrowLeft':
      return { row: at.row, col: far ? 0 : at.col - 1 }
    case 'ArrowRight':
      return { row: at.row, col: far ? sheet.cols - 1 : at.col + 1 }
    case 'Home':
      return { row: far ? 0 : at.row, col: 0 }
    case 'End':
      return { row: far ? sheet.rows - 1 : at.row, col: sheet.cols - 1 }
    case 'PageUp':
      return { row: at.row - sheet.pageRows, col: at.col }
    case 'PageDown':
      return { row: at.row + sheet.pageRows, col: at.col }
    case 'Tab':
      return tab(key, at, sheet)
    default:
      return undefined
  }
}

/** Tab walks along the row; past either end it leaves the grid, so that nobody is caught in it. */
function tab(key: Key, at: Spot, sheet: Sheet): Spot | undefined {
  const col = at.col + (key.shift ? -1 : 1)
  return col < 0 || col >= sheet.cols || key.ctrl ? undefined : { row: at.row, col }
}

function within(spot: Spot, sheet: Sheet): Spot {
  return {
    row: Math.max(0, Math.min(sheet.rows - 1, spot.row)),
    col: Math.max(0, Math.min(sheet.cols - 1, spot.col)),
  }
}

/** Where the cursor goes after a cell was edited and left with a key. */
export function afterEdit(key: Pick<Key, 'key' | 'shift'>, at: Spot, sheet: Sheet): Spot {
  const by = key.shift ? -1 : 1
  if (key.key === 'Enter') return within({ row: at.row + by, col: at.col }, sheet)
  if (key.key === 'Tab') return within({ row: at.row, col: at.col + by }, sheet)
  return at
}

/** The rectangle between two spots, both included. */
export function rectangle(a: Spot, b: Spot): { top: number; left: number; bottom: number; right: number } {
  return {
    top: Math.min(a.row, b.row),
    left: Math.min(a.col, b.col),
    bottom: Math.max(a.row, b.row),
    right: Math.max(a.col, b.col),
  }
}

/** A rectangle of cells as spreadsheets exchange it. */
export function toTSV(cells: string[][]): string {
  const quote = (s: string) => (/["\t\n]/.test(s) ? `"${s.replaceAll('"', '""')}"` : s)
  return cells.map((row) => row.map(quote).join('\t')).join('\n')
}

/** What a spreadsheet put on the clipboard. */
export function fromTSV(text: string): string[][] {
  const rows: string[][] = [[]]
  let cell = ''
  let quoted = false
  const s = text.replace(/\r\n?/g, '\n').replace(/\n$/, '')
  for (let i = 0; i < s.length; i++) {
    const c = s[i] ?? ''
    if (quoted && c === '"' && s[i + 1] === '"') {
      cell += '"'
      i++
    } else if (c === '"' && (quoted || cell === '')) {
      quoted = !quoted
    } else if (!quoted && (c === '\t' || c === '\n')) {
      rows.at(-1)?.push(cell)
      cell = ''
      if (c === '\n') rows.push([])
    } else {
      cell += c
    }
  }
  rows.at(-1)?.push(cell)
  return rows
}
