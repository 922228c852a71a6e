import { backend } from '$lib/api/backend'
import { faultOf, type Fault } from '$lib/api/fault'
import type { NetworkFigures, Overview, Recent } from '$lib/api/types'
import { live } from './live.svelte'
import { scope } from './scope.svelte'

/** The figures of the networks and what changed lately. They stay from one visit of a screen to the next. */
class OverviewState {
  #overview = $state.raw<Overview>()
  #fault = $state.raw<Fault>()

  get loaded(): boolean {
    return this.#overview !== undefined
  }
  get fault(): Fault | undefined {
    return this.#fault
  }
  get networks(): NetworkFigures[] {
    return this.#overview?.networks ?? []
  }
  /** What changed lately in the network that is looked at. */
  get recent(): Recent[] {
    return (this.#overview?.recent ?? []).filter((r) => !scope.code || r.network === scope.code)
  }

  async load(): Promise<void> {
    try {
      this.#overview = await backend.overview()
      this.#fault = undefined
    } catch (thrown) {
      this.#fault = faultOf(thrown)
    }
  }

  follow(): () => void {
    void this.load()
    return live.followSlowly(['*'], () => void this.load())
  }
}

export const overview = new OverviewState()
