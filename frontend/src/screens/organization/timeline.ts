import type { Row } from '$lib/api/types'
import { show } from '$lib/format/value'
import { collectionName, fieldName, schema } from '$lib/state/schema.svelte'

/** Something dated in the life of an organization. */
export interface Moment {
  id: string
  collection: string
  /** YYYY-MM-DD, or only a year. */
  date: string
  what: string
  detail: string
}

/** What is dated in each kind of record, and what is said about it. */
const dated: Record<string, { date: string[]; detail: string[] }> = {
  membership_event: { date: ['date'], detail: ['body', 'evidence'] },
  certification: { date: ['valid_from', 'valid_to'], detail: ['status', 'certifier'] },
  census: { date: ['year'], detail: ['members_total', 'members_women'] },
  product_year: { date: ['year'], detail: ['volume', 'volume_unit'] },
  interaction: { date: ['date'], detail: ['kind', 'follow_up'] },
  verification: { date: ['date'], detail: ['field_group', 'method', 'by'] },
  mandate: { date: ['valid_from', 'valid_to'], detail: ['contact', 'body'] },
}

/** The dated facts of an organization's records, newest first. */
export function timeline(children: (collection: string) => Row[]): Moment[] {
  return Object.entries(dated)
    .flatMap(([collection, { date, detail }]) =>
      children(collection).flatMap((row) =>
        date.flatMap((name) => momentOf(row, name, detail, date.length > 1) ?? []),
      ),
    )
    .sort((a, b) => b.date.localeCompare(a.date))
}

function momentOf(row: Row, dateField: string, detail: string[], several: boolean): Moment | undefined {
  const value = row.fields[dateField]
  if (value === undefined || value === null) return undefined
  const text = (name: string) => show(schema.field(row.collection, name), row.fields[name])
  const title = text(schema.collection(row.collection)?.title ?? '')
  const about = detail.flatMap((name) => (text(name) ? [said(row, name, text(name))] : []))
  return {
    id: `${row.id}-${dateField}`,
    collection: row.collection,
    date: String(value),
    what: [
      collectionName(row.collection),
      several ? fieldName(row.collection, dateField).toLowerCase() : '',
      title,
    ]
      .filter(Boolean)
      .join(' · '),
    detail: about.join(' · '),
  }
}

/** Numbers need their name; words speak for themselves. */
function said(row: Row, name: string, text: string): string {
  return typeof row.fields[name] === 'number' ? `${fieldName(row.collection, name)}: ${text}` : text
}
