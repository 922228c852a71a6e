import type { Likeness } from '$lib/api/types'
import { decimal, percent } from '$lib/format/number'
import { m } from '$lib/paraglide/messages'

const words: Record<string, (r: Likeness) => string> = {
  same_name: () => m.reason_same_name(),
  similar_name: (r) => m.reason_similar_name({ share: percent(r.share ?? 0, 1) }),
  other_name: (r) => m.reason_other_name({ name: r.value ?? '' }),
  same_flo_id: (r) => m.reason_same_flo_id({ value: r.value ?? '' }),
  same_tax_id: (r) => m.reason_same_tax_id({ value: r.value ?? '' }),
  same_phone: (r) => m.reason_same_phone({ value: r.value ?? '' }),
  same_email: (r) => m.reason_same_email({ value: r.value ?? '' }),
  same_place: (r) => m.reason_same_place({ value: r.value ?? '' }),
  near: ({ share: km = 0 }) => (km < 0.1 ? m.reason_at() : m.reason_near({ km: decimal(km, 1) })),
  other_flo_id: () => m.reason_other_flo_id(),
  other_country: () => m.reason_other_country(),
  other_number: () => m.reason_other_number(),
  other_place: () => m.reason_other_place(),
}

/** A reason in words; one that a newer program gives is left out. */
export const reasonText = (r: Likeness): string => words[r.code]?.(r) ?? ''

/** Whether it speaks against the two being one. */
export const against = (r: Likeness): boolean => r.code.startsWith('other_') && r.code !== 'other_name'
