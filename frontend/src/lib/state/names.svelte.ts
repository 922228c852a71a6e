import { SvelteMap } from 'svelte/reactivity'
import { backend } from '$lib/api/backend'
import { live } from './live.svelte'

/** What records are called that others refer to: asked for once, when first shown. */
class Names {
  #known = new SvelteMap<string, string>()
  #asked = new Set<string>()

  constructor() {
    live.onSaved((rows) => rows.forEach((r) => this.#known.set(`${r.collection}/${r.id}`, r.title)))
  }

  /** The title of a record; nothing until it is known. */
  of(collection: string, id: string): string {
    const key = `${collection}/${id}`
    const known = this.#known.get(key)
    if (known === undefined) this.#ask(key, collection, id)
    return known ?? ''
  }

  #ask(key: string, collection: string, id: string): void {
    if (this.#asked.has(key) || !collection) return
    this.#asked.add(key)
    backend
      .record(collection, id)
      .then((row) => this.#known.set(key, row.title || id))
      .catch(() => this.#known.set(key, '—')) // what this person does not see, or what is gone
  }
}

export const names = new Names()
