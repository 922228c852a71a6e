import { backend } from '$lib/api/backend'
import type { Row } from '$lib/api/types'
import type { RowWindow } from '$lib/grid/rows.svelte'

/** The rows behind ids that were marked, some of which may have scrolled out of what is held. */
export async function selectedRows(rows: RowWindow, ids: string[]): Promise<Row[]> {
  return Promise.all(
    ids.map((id) => {
      const at = rows.indexOf(id)
      const held = at >= 0 ? rows.row(at) : undefined
      return held ?? backend.record('organization', id)
    }),
  )
}
