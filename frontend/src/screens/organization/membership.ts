import type { Row } from '$lib/api/types'
import { today } from '$lib/format/time'

/** How an organization stands with a body: what its last dated event made of it. */
export interface Standing {
  body: string
  state: 'applied' | 'member' | 'suspended' | 'gone'
  /** Since when. */
  date: string
}

const after: Record<string, Standing['state']> = {
  applied: 'applied',
  admitted: 'member',
  reinstated: 'member',
  suspended: 'suspended',
  left: 'gone',
  expelled: 'gone',
}

const order = ['clac', 'network', 'product_network']

/** The standing with each body as of a day: events after it are not counted. */
export function standings(events: Row[], asOf = today()): Standing[] {
  const byBody = new Map<string, Standing>()
  const dated = events
    .filter((e) => typeof e.fields.date === 'string' && e.fields.date <= asOf)
    .sort((a, b) => String(a.fields.date).localeCompare(String(b.fields.date)))
  for (const e of dated) {
    const body = String(e.fields.body ?? '')
    const state = after[String(e.fields.kind)]
    if (body && state) byBody.set(body, { body, state, date: String(e.fields.date) })
  }
  return [...byBody.values()].sort((a, b) => order.indexOf(a.body) - order.indexOf(b.body))
}
