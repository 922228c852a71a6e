import type { Row } from '$lib/api/types'
import { day, daysBetween, today } from '$lib/format/time'
import { show } from '$lib/format/value'
import { m } from '$lib/paraglide/messages'
import { schema } from '$lib/state/schema.svelte'
import type { Hue } from '$lib/ui/Badge.svelte'

/** How soon an end is worth a word. */
export const soonDays = 90

/** How a certificate stands today, in a word or two. */
export function validity(certificate: Row, now = today()): { hue: Hue; text: string } {
  const { status, valid_to: to } = certificate.fields
  if (status !== 'certified') {
    const text = show(schema.field('certification', 'status'), status) || '—'
    return { hue: status === 'in_process' ? 'sky' : 'plain', text }
  }
  if (typeof to !== 'string') return { hue: 'leaf', text: m.valid() }
  const days = daysBetween(now, to)
  if (days < 0) return { hue: 'berry', text: m.expired_on({ date: day(to) }) }
  if (days <= soonDays) return { hue: 'honey', text: m.expires_on({ date: day(to) }) }
  return { hue: 'leaf', text: m.valid_until({ date: day(to) }) }
}
