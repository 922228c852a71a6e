import type { Row, Value } from '$lib/api/types'
import { count, percent } from '$lib/format/number'
import { m } from '$lib/paraglide/messages'

/** A change of a count by more than this part, from one census to the next, is worth asking about. */
const jump = 0.4

/**
 * What to ask about a census: whether its members really changed so much since the census before. It only asks: counts
 * do fall, and cooperatives do merge.
 */
export function doubt(year: Value | undefined, total: Value | undefined, others: Row[]): string {
  const n = Number(total)
  const y = Number(year)
  if (!year || total === null || total === undefined || !Number.isFinite(n) || !Number.isFinite(y)) return ''
  const before = others
    .filter((r) => Number(r.fields.year) < y && Number(r.fields.members_total) > 0)
    .sort((a, b) => Number(b.fields.year) - Number(a.fields.year))[0]
  if (!before) return ''
  const was = Number(before.fields.members_total)
  if (Math.abs(n - was) / was <= jump) return ''
  return m.census_jump({
    was: count(was),
    year: String(before.fields.year),
    now: count(n),
    percent: percent(Math.abs(n - was), was),
  })
}
