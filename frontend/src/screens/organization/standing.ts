import { backend } from '$lib/api/backend'
import type { Row } from '$lib/api/types'

const longest = 50

/** The record that a retired one gave way to, for good: that may have given way to another since. */
export async function standingFor(retired: Row): Promise<Row> {
  let row = retired
  for (let i = 0; i < longest && row.deleted && row.fields.merged_into; i++) {
    row = await backend.record(row.collection, String(row.fields.merged_into))
  }
  return row
}
