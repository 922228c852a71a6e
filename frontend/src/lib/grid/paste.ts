import type { Row, Value, Values } from '$lib/api/types'
import { country, countryCodes } from '$lib/format/country'
import { fold } from '$lib/format/text'
import { read, same } from '$lib/format/value'
import type { Column } from './columns.svelte'

/**
 * What pasting cells changes, row by row. A single pasted row fills all target rows. Cells that may not be edited and
 * values that are the same already are left out.
 */
export function pasted(
  cells: string[][],
  rows: (Row | undefined)[],
  columns: Column[],
  mayEdit: (row: Row, field: string) => boolean,
): { row: Row; fields: Values }[] {
  return rows.flatMap((row, i) => {
    const line = cells[cells.length === 1 ? 0 : i]
    if (!row || !line) return []
    const fields: Values = {}
    line.forEach((text, j) => {
      const field = columns[j]?.field
      if (!field || !mayEdit(row, field.name)) return
      const value = countriesRead(field.type, read(field, text))
      if (!same(value, row.fields[field.name])) fields[field.name] = value
    })
    return Object.keys(fields).length > 0 ? [{ row, fields }] : []
  })
}

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
