import { backend } from '$lib/api/backend'
import { faultOf, type Fault } from '$lib/api/fault'
import type { DuplicatePair } from '$lib/api/types'
import { editor } from '$lib/state/editor.svelte'
import { live } from '$lib/state/live.svelte'
import { scope } from '$lib/state/scope.svelte'

const page = 50
const againMs = 1500

export const pairId = (p: DuplicatePair): string => `${p.first.id}-${p.second.id}`

/** Pairs of organizations that may be the same one, read again when the register changes. */
export class Suggestions {
  #pairs = $state.raw<DuplicatePair[]>([])
  #total = $state(0)
  #searching = $state(false)
  #loaded = $state(false)
  #fault = $state.raw<Fault>()
  #shown = page
  #timer: ReturnType<typeof setTimeout> | undefined
  #asked = 0

  get pairs(): DuplicatePair[] {
    return this.#pairs
  }
  get total(): number {
    return this.#total
  }
  get searching(): boolean {
    return this.#searching
  }
  get loaded(): boolean {
    return this.#loaded
  }
  get fault(): Fault | undefined {
    return this.#fault
  }

  follow(): () => void {
    const stop = live.follow(['organization', 'distinct_pair'], () => void this.load())
    return () => {
      stop()
      clearTimeout(this.#timer)
    }
  }

  async load(): Promise<void> {
    clearTimeout(this.#timer)
    const asked = ++this.#asked
    try {
      const got = await backend.duplicates(scope.filter, this.#shown)
      if (asked !== this.#asked) return
      this.#pairs = got.pairs
      this.#total = got.total
      this.#searching = got.searching
      this.#fault = undefined
      if (got.searching) this.#timer = setTimeout(() => void this.load(), againMs)
    } catch (thrown) {
      if (asked === this.#asked) this.#fault = faultOf(thrown)
    }
    this.#loaded = true
  }

  more(): void {
    this.#shown = Math.min(this.#shown + page, 200)
    void this.load()
  }

  /** Remembers for everybody that the two are not the same. */
  async part({ first, second }: DuplicatePair): Promise<void> {
    await editor.create('distinct_pair', first.network, {
      first: first.id,
      second: second.id,
      names: `${first.title} ≠ ${second.title}`.slice(0, 500),
    })
  }
}
