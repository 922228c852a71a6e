import type { EditProblem, Row, Value, Values } from '$lib/api/types'
import { country, countryCodes } from '$lib/format/country'
import { fold } from '$lib/format/text'
import { read, same } from '$lib/format/value'
import type { Column } from './columns.svelte'

export interface RowChange {
  row: Row
  fields: Values
}

/** A cell that would not take what was put into it, and why. */
export interface Refusal {
  row: Row
  column: string
  text: string
  reason: string
}

/** What a block of cells would change, and what of it has no place to go. */
export interface Pasting {
  changes: RowChange[]
  /** Cells that may not be edited and would have become different. */
  fixed: { row: Row; column: Column; text: string }[]
  /** Rows below the last row and columns after the last column. */
  lostRows: number
  lostColumns: number
}

/**
 * What pasting cells changes, row by row. The block is repeated over a marked range that it fills a whole number of
 * times; values that are the same already are left out.
 */
export function pasted(
  cells: string[][],
  rows: Row[],
  columns: Column[],
  mayEdit: (row: Row, field: string) => boolean,
  cell: (row: Row, name: string) => string,
  marked = { rows: 1, columns: 1 },
): Pasting {
  const width = Math.max(...cells.map((line) => line.length))
  const high = repeated(cells.length, marked.rows)
  const wide = repeated(width, marked.columns)
  const out: Pasting = {
    changes: [],
    fixed: [],
    lostRows: Math.max(0, high - rows.length),
    lostColumns: Math.max(0, wide - columns.length),
  }
  rows.slice(0, high).forEach((row, i) => {
    const fields: Values = {}
    columns.slice(0, wide).forEach((column, j) => {
      const text = cells[i % cells.length]?.[j % width]
      if (text === undefined) return
      const field = column.field
      if (!field || !mayEdit(row, field.name)) {
        if (text.trim() !== cell(row, column.name).trim()) out.fixed.push({ row, column, text })
        return
      }
      const value = countriesRead(field.type, read(field, text))
      if (!same(value, row.fields[field.name])) fields[field.name] = value
    })
    if (Object.keys(fields).length > 0) out.changes.push({ row, fields })
  })
  return out
}

const repeated = (block: number, range: number): number =>
  range > block && range % block === 0 ? range : block

/** What filling the first row of a range down over the others changes. */
export function filledDown(
  rows: Row[],
  columns: Column[],
  mayEdit: (row: Row, field: string) => boolean,
): RowChange[] {
  const [first, ...rest] = rows
  if (!first) return []
  return rest.flatMap((row) => {
    const fields: Values = {}
    for (const { field } of columns) {
      if (!field || !mayEdit(row, field.name)) continue
      const value = first.fields[field.name] ?? null
      if (!same(value, row.fields[field.name])) fields[field.name] = value
    }
    return Object.keys(fields).length > 0 ? [{ row, fields }] : []
  })
}

/** What emptying cells changes. */
export function emptied(
  rows: Row[],
  columns: Column[],
  mayEdit: (row: Row, field: string) => boolean,
): RowChange[] {
  return rows.flatMap((row) => {
    const names = columns.map((c) => c.name).filter((n) => mayEdit(row, n) && row.fields[n] != null)
    return names.length > 0 ? [{ row, fields: Object.fromEntries(names.map((n) => [n, null])) }] : []
  })
}

/** Changes without the cells that would be refused. */
export function accepted(changes: RowChange[], problems: EditProblem[]): RowChange[] {
  const bad = new Map<number, Set<string>>()
  for (const p of problems) bad.set(p.edit, (bad.get(p.edit) ?? new Set()).add(p.field ?? ''))
  return changes.flatMap(({ row, fields }, i) => {
    const refused = bad.get(i)
    if (refused?.has('')) return [] // the row as a whole
    const kept = Object.entries(fields).filter(([name]) => !refused?.has(name))
    return kept.length > 0 ? [{ row, fields: Object.fromEntries(kept) }] : []
  })
}

export const cellsIn = (changes: RowChange[]): number =>
  changes.reduce((sum, c) => sum + Object.keys(c.fields).length, 0)

/** Countries come by name as often as by code. */
function countriesRead(type: string, value: Value): Value {
  if (type === 'country' && typeof value === 'string') return countryCode(value)
  if (type === 'countries' && Array.isArray(value)) return value.map(countryCode)
  return value
}

export function countryCode(text: string): string {
  const wanted = fold(text)
  return countryCodes.find((c) => c.toLowerCase() === wanted || fold(country(c)) === wanted) ?? text
}
