import type { Field, Row } from '$lib/api/types'
import { schema } from '$lib/state/schema.svelte'

const parentOf = (collection: string) => schema.collection(collection)?.parent ?? ''

/** The fields of a record that belongs to another, as a form shows them. */
export function childFields(collection: string, network = ''): Field[] {
  return schema
    .fields(collection, network)
    .filter((f) => f.name !== parentOf(collection) && f.name !== 'tags')
}

/** What a table of these records cannot do without beside the columns of a grid: who holds an office, in what a volume is. */
const also: Record<string, string[]> = {
  mandate: ['contact', 'body'],
  product_year: ['volume_unit'],
  site: ['locality'],
}

/** The few fields that a table shows; the title first. */
export function childColumns(collection: string): Field[] {
  const title = schema.collection(collection)?.title
  const fields = childFields(collection).filter((f) => f.type !== 'long_text' && f.type !== 'json')
  const grid = fields.filter((f) => f.grid || also[collection]?.includes(f.name))
  const shown = grid.length >= 2 ? grid : fields.slice(0, 5)
  const withTitle = shown.some((f) => f.name === title)
    ? shown
    : [...fields.filter((f) => f.name === title), ...shown]
  return [...withTitle].sort((a, b) => Number(b.name === title) - Number(a.name === title)).slice(0, 6)
}

const byDate: Record<string, string> = {
  census: 'year',
  product_year: 'year',
  certification: 'valid_to',
  membership_event: 'date',
  interaction: 'date',
  verification: 'date',
  mandate: 'valid_from',
}

/** Newest first where records have a date, by title otherwise. */
export function inOrder(collection: string, rows: Row[]): Row[] {
  const by = byDate[collection]
  if (!by) return [...rows].sort((a, b) => a.title.localeCompare(b.title))
  return [...rows].sort((a, b) => String(b.fields[by] ?? '').localeCompare(String(a.fields[by] ?? '')))
}
