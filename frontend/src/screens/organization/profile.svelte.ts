import { backend } from '$lib/api/backend'
import { faultOf, type Fault } from '$lib/api/fault'
import type { History, Row } from '$lib/api/types'
import { live } from '$lib/state/live.svelte'
import { schema } from '$lib/state/schema.svelte'

const usualOrder = [
  'contact',
  'census',
  'certification',
  'site',
  'membership_event',
  'product_year',
  'interaction',
  'mandate',
  'verification',
]

/** The collections of an organization's own records, in the order people look at them. */
export function childCollections(): string[] {
  const names = schema.children('organization').map((c) => c.name)
  const known = usualOrder.filter((n) => names.includes(n))
  return [...known, ...names.filter((n) => !known.includes(n))]
}

/** One organization with everything that belongs to it, kept current while it is looked at. */
export class Profile {
  #row = $state.raw<Row>()
  #children = $state.raw<Record<string, Row[]>>({})
  #history = $state.raw<History>()
  #fault = $state.raw<Fault>()
  #wantsHistory = false

  constructor(readonly id: string) {}

  get row(): Row | undefined {
    return this.#row
  }
  get fault(): Fault | undefined {
    return this.#fault
  }
  get history(): History | undefined {
    return this.#history
  }
  children(collection: string): Row[] {
    return this.#children[collection] ?? []
  }

  async load(): Promise<void> {
    try {
      const [row, related] = await Promise.all([
        backend.record('organization', this.id),
        backend.related('organization', this.id),
      ])
      this.#row = row
      this.#children = related.children
      this.#fault = undefined
      if (this.#wantsHistory) await this.loadHistory()
    } catch (thrown) {
      this.#fault = faultOf(thrown)
    }
  }

  async loadHistory(): Promise<void> {
    this.#wantsHistory = true
    try {
      this.#history = await backend.history('organization', this.id)
    } catch {
      this.#history ??= { complete: false, entries: [] }
    }
  }

  /** Follows changes until the returned function is called. */
  follow(): () => void {
    const stops = [
      live.follow(['organization', 'conflict', 'pending', ...childCollections()], () => void this.load()),
      live.onSaved((rows) => rows.forEach((r) => this.#take(r))),
    ]
    return () => stops.forEach((stop) => stop())
  }

  #take(row: Row): void {
    if (row.id === this.id) {
      this.#row = row
      return
    }
    if (row.fields.organization !== this.id) return
    const others = this.children(row.collection).filter((r) => r.id !== row.id)
    const at = this.children(row.collection).findIndex((r) => r.id === row.id)
    const next = row.deleted ? others : at < 0 ? [...others, row] : others.toSpliced(at, 0, row)
    this.#children = { ...this.#children, [row.collection]: next }
  }
}
