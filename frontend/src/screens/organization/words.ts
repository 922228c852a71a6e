import type { Row } from '$lib/api/types'
import { ago } from '$lib/format/time'
import { m } from '$lib/paraglide/messages'

/** What an edit did, in a word. */
export function kindWord(kind: string): string {
  switch (kind) {
    case 'create':
      return m.kind_create()
    case 'update':
      return m.kind_update()
    case 'delete':
      return m.kind_delete()
    case 'restore':
      return m.kind_restore()
    default:
      return kind
  }
}

/** When a record changed last, and by whom where that is known. */
export const changed = (row: Row): string =>
  row.updated_by
    ? m.changed_by({ when: ago(row.updated_at), who: row.updated_by })
    : m.changed_at({ when: ago(row.updated_at) })
