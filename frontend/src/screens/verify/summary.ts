import type { Field, Row, Value } from '$lib/api/types'
import { measure, show } from '$lib/format/value'
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

/** A value as one would read it out. */
function said(collection: string, field: Field, value: Value | undefined): string {
  const shown = measure(field, value)
  if (!shown || typeof value !== 'number' || field.name === 'year') return shown
  return `${fieldName(collection, field.name)}: ${shown}`
}

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
  return rows.map((r) =>
    childColumns(collection)
      .map((f) => said(collection, f, r.fields[f.name]))
      .filter(Boolean)
      .join(' · '),
  )
}

/** The organization's own fields that belong to the contacts. */
export const isReach = (type: string): boolean => type === 'phones' || type === 'emails'
