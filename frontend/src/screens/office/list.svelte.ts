import { faultOf, type Fault } from '$lib/api/fault'

/** A short list that is read whole, and read again when asked. What is shown stays until the new one is there. */
export class Listing<T> {
  #items = $state.raw<T[]>([])
  #fault = $state.raw<Fault>()
  #loaded = $state(false)

  constructor(private fetch: () => Promise<T[]>) {}

  get items(): T[] {
    return this.#items
  }
  get fault(): Fault | undefined {
    return this.#fault
  }
  get loaded(): boolean {
    return this.#loaded
  }

  async load(): Promise<void> {
    try {
      this.#items = await this.fetch()
      this.#fault = undefined
    } catch (thrown) {
      this.#fault = faultOf(thrown)
    } finally {
      this.#loaded = true
    }
  }
}
