import { backend } from '$lib/api/backend'
import type { Row } from '$lib/api/types'

/** The record that a retired one gave way to, for good: that may have given way to another since. */
export async function standingFor(retired: Row): Promise<Row> {
  let row = retired
  const seen = new Set<string>() // a merge that was refused may close a circle
  while (row.deleted && row.fields.merged_into && !seen.has(row.id)) {
    seen.add(row.id)
    row = await backend.record(row.collection, String(row.fields.merged_into))
  }
  return row
}
