import { backend } from '$lib/api/backend'
import { live } from '$lib/state/live.svelte'
import { scope } from '$lib/state/scope.svelte'

/** How many organizations something is out of date of. */
export class ToVerify {
  #total = $state(0)
  #loaded = $state(false)

  get total(): number {
    return this.#total
  }
  get loaded(): boolean {
    return this.#loaded
  }

  async load(): Promise<void> {
    try {
      const asked = { network: scope.filter, country: '', part: '' }
      this.#total = (await backend.calls(asked, { limit: 1 })).total
    } catch {
      // the number stays what it was
    } finally {
      this.#loaded = true
    }
  }

  follow(): () => void {
    return live.followSlowly(['*'], () => void this.load())
  }
}
