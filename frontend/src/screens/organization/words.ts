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
