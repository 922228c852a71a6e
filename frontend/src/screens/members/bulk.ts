import type { Field, Value } from '$lib/api/types'
import { isSet } from '$lib/format/value'

/** What a change of many records does to a field: gives it a value, adds to or takes from a set, or empties it. */
export type BulkMode = 'set' | 'add' | 'remove' | 'clear'

export function bulkValue(field: Field, had: Value | undefined, given: Value, mode: BulkMode): Value {
  if (mode === 'clear') return null
  if (!isSet(field)) return Array.isArray(given) ? (given[0] ?? null) : given
  const old = Array.isArray(had) ? had : []
  const members = Array.isArray(given) ? given : given === null ? [] : [String(given)]
  switch (mode) {
    case 'add':
      return [...new Set([...old, ...members])]
    case 'remove':
      return old.filter((v) => !members.includes(v))
    default:
      return members
  }
}
