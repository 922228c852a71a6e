import { SvelteMap } from 'svelte/reactivity'
import { backend } from '$lib/api/backend'
import { faultOf, isAbort, type Fault } from '$lib/api/fault'
import type { Place, Query } from '$lib/api/types'
import type { Spot } from '$lib/map/chart'

export type Bounds = [west: number, south: number, east: number, north: number]

const batch = 100 // sites told about at once
const everywhere: Bounds = [-180, -90, 180, 90]

/** The sites of the organizations that the list's filters leave, and what is told about those that are looked at. */
export class Places {
  #sites = $state.raw<string[]>([])
  #spots = $state.raw<Spot[]>([])
  #outside = $state(0)
  #unplaced = $state(0)
  #loaded = $state(false)
  #fault = $state.raw<Fault>()
  #bounds = $state.raw<Bounds>(everywhere)
  #told = new SvelteMap<string, Place>()
  #asked = new Set<string>()
  #abort: AbortController | undefined
  #inView = $derived.by(() => within(this.#spots, this.#bounds))

  get spots(): Spot[] {
    return this.#spots
  }
  get outside(): number {
    return this.#outside
  }
  get unplaced(): number {
    return this.#unplaced
  }
  get loaded(): boolean {
    return this.#loaded
  }
  get fault(): Fault | undefined {
    return this.#fault
  }
  /** Which of the spots the map shows now. */
  get inView(): number[] {
    return this.#inView
  }

  look(bounds: Bounds): void {
    this.#bounds = bounds
  }
  site(index: number): string {
    return this.#sites[index] ?? ''
  }
  indexOf(site: string): number {
    return this.#sites.indexOf(site)
  }
  /** What is known of a site; undefined until it was told. */
  told(site: string): Place | undefined {
    return this.#told.get(site)
  }

  /** Shows other sites; false when another query has taken over. */
  async load(query: Query, outside: boolean): Promise<boolean> {
    this.#abort?.abort()
    const abort = new AbortController()
    this.#abort = abort
    try {
      const got = await backend.places('organization', query, outside, abort.signal)
      const wrong = new Set(got.outside)
      this.#sites = got.sites
      this.#spots = got.sites.map((_, i) => ({
        lat: got.lat[i] ?? 0,
        lon: got.lon[i] ?? 0,
        outside: wrong.has(i),
      }))
      this.#outside = got.outside.length
      this.#unplaced = got.unplaced
      this.#fault = undefined
      this.#loaded = true
      this.#asked.clear()
      return true
    } catch (thrown) {
      if (isAbort(thrown)) return false
      this.#fault = faultOf(thrown)
      this.#loaded = true
      return false
    }
  }

  /** Asks about sites that are about to be looked at. */
  async need(sites: string[]): Promise<void> {
    const wanted = sites.filter((id) => id && !this.#asked.has(id)).slice(0, batch)
    if (wanted.length === 0) return
    wanted.forEach((id) => this.#asked.add(id))
    try {
      const { places } = await backend.sites(wanted)
      places.forEach((p) => this.#told.set(p.site.id, p))
    } catch {
      wanted.forEach((id) => this.#asked.delete(id)) // it is asked again when it is looked at again
    }
  }
}

function within(spots: Spot[], [west, south, east, north]: Bounds): number[] {
  const out: number[] = []
  spots.forEach(({ lat, lon }, i) => {
    if (lat >= south && lat <= north && lon >= west && lon <= east) out.push(i)
  })
  return out
}
