import type { Place } from '$lib/api/types'
import { country } from '$lib/format/country'
import { count } from '$lib/format/number'
import { m } from '$lib/paraglide/messages'

/** Why a site cannot be where it is said to be; empty for one that can. */
export function outsideReason({ outside, country: named }: Place): string {
  if (!outside) return ''
  return outside.country
    ? m.map_outside_in({ there: country(outside.country), country: country(named ?? '') })
    : m.map_outside_sea({ km: count(outside.kilometers), country: country(named ?? '') })
}
