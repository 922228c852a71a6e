import type { SvelteSet } from 'svelte/reactivity'
import { backend } from '$lib/api/backend'
import type { Row } from '$lib/api/types'
import type { RowWindow } from '$lib/grid/rows.svelte'

/** As many as one step may change. */
export const mostMarked = 5000
/** Fewer than these are read one by one; more, as the list has them. */
const fewMissing = 50

/** Marks everything that the list finds; false when that is more than one step may change. */
export async function markAll(rows: RowWindow, selected: SvelteSet<string>): Promise<boolean> {
  const all = await rows.range(0, mostMarked - 1)
  all.forEach((row) => selected.add(row.id))
  return rows.total <= mostMarked
}

/** The rows behind ids that were marked, some of which may have scrolled out of what is held. */
export async function selectedRows(rows: RowWindow, ids: string[]): Promise<Row[]> {
  const found = new Map<string, Row>()
  for (const id of ids) {
    const at = rows.indexOf(id)
    const held = at >= 0 ? rows.row(at) : undefined
    if (held) found.set(id, held)
  }
  if (ids.length - found.size > fewMissing) {
    const wanted = new Set(ids)
    for (const row of await rows.range(0, mostMarked - 1)) if (wanted.has(row.id)) found.set(row.id, row)
  }
  const rest = ids.filter((id) => !found.has(id))
  const read = await Promise.all(rest.map((id) => backend.record('organization', id)))
  return [...found.values(), ...read]
}
