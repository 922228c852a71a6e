import { backend } from '$lib/api/backend'
import type { Row } from '$lib/api/types'
import { plusDays, today } from '$lib/format/time'
import { show } from '$lib/format/value'
import { schema } from '$lib/state/schema.svelte'
import { scope } from '$lib/state/scope.svelte'
import { soonDays } from '$screens/organization/validity'

interface Item {
  id: string
  organization: string
  name: string
  scheme: string
  to: string
}

const most = 6

/** The certificates that end soon, the soonest first. */
export class Expiring {
  #items = $state.raw<Item[]>([])
  #total = $state(0)
  #loaded = $state(false)

  get items(): Item[] {
    return this.#items
  }
  get total(): number {
    return this.#total
  }
  get loaded(): boolean {
    return this.#loaded
  }

  async load(): Promise<void> {
    const where = ['status=certified', `valid_to>=${today()}`, `valid_to<=${plusDays(today(), soonDays)}`]
    try {
      const page = await backend.list(
        'certification',
        { network: scope.filter, where, sort: 'valid_to' },
        { limit: most },
      )
      this.#items = await Promise.all(page.records.map(named))
      this.#total = page.total
    } catch {
      // the list keeps what it had
    } finally {
      this.#loaded = true
    }
  }
}

async function named(certificate: Row): Promise<Item> {
  const organization = String(certificate.fields.organization ?? '')
  const owner = await backend.record('organization', organization).catch(() => undefined)
  return {
    id: certificate.id,
    organization,
    name: owner?.title ?? '—',
    scheme: show(schema.field('certification', 'scheme'), certificate.fields.scheme),
    to: String(certificate.fields.valid_to ?? ''),
  }
}
