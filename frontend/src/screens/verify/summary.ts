import type { Row } from '$lib/api/types'
import { show } from '$lib/format/value'
import { fieldName, schema } from '$lib/state/schema.svelte'
import { session } from '$lib/state/session.svelte'
import { childColumns, inOrder } from '$screens/organization/children'
import type { Profile } from '$screens/organization/profile.svelte'

/** The records that each part is made of. */
export const partCollections: Record<string, string> = {
  contacts: 'contact',
  census: 'census',
  sites: 'site',
  certificates: 'certification',
}

const text = (row: Row, name: string) => show(schema.field(row.collection, name), row.fields[name])

/** What is known of a part, as one would read it out to ask whether it is still so. */
export function summary(part: string, profile: Profile): string[] {
  const row = profile.row
  if (!row) return []
  if (part === 'profile') {
    const named = ['flo_id', 'type', 'status', 'grade', 'products', 'address', 'website']
    return named.filter((n) => text(row, n)).map((n) => `${fieldName('organization', n)}: ${text(row, n)}`)
  }
  const collection = partCollections[part] ?? ''
  if (schema.collection(collection)?.sensitive && !session.may('field')) return []
  const rows = inOrder(collection, profile.children(collection)).slice(0, part === 'census' ? 1 : 4)
  return rows.map((r) => {
    const shown = childColumns(collection).map((f) => {
      const value = show(f, r.fields[f.name])
      return value && typeof r.fields[f.name] === 'number' && f.name !== 'year'
        ? `${fieldName(collection, f.name)}: ${value}`
        : value
    })
    return shown.filter(Boolean).join(' · ')
  })
}

/** The organization's own fields that belong to the contacts. */
export const isReach = (type: string): boolean => type === 'phones' || type === 'emails'
