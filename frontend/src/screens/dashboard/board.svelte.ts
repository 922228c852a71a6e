import { backend } from '$lib/api/backend'
import { faultOf, type Fault } from '$lib/api/fault'
import type { Dashboard, Device } from '$lib/api/types'
import { live } from '$lib/state/live.svelte'
import { scope } from '$lib/state/scope.svelte'
import { session } from '$lib/state/session.svelte'

/** The register in figures, for a country or for all. What is shown stays until what replaces it has come. */
export class Board {
  #country = $state('')
  #figures = $state.raw<Dashboard>()
  #devices = $state.raw<Device[]>([])
  #fault = $state.raw<Fault>()
  #at = $state(0)
  #turn = 0

  get country(): string {
    return this.#country
  }
  get figures(): Dashboard | undefined {
    return this.#figures
  }
  /** The office's devices; none for whoever may not see them. */
  get devices(): Device[] {
    return this.#devices
  }
  get fault(): Fault | undefined {
    return this.#fault
  }
  /** When the figures came. */
  get at(): number {
    return this.#at
  }

  /** Whether this person sees devices here. They belong to networks, not to countries. */
  get seesDevices(): boolean {
    return session.isOffice && session.may('office') && this.#country === ''
  }

  lookAt(country: string): void {
    this.#country = country
    void this.load()
  }

  async load(): Promise<void> {
    const turn = ++this.#turn
    try {
      const [figures, devices] = await Promise.all([
        backend.dashboard(scope.filter, this.#country),
        this.seesDevices ? backend.devices() : { devices: [] },
      ])
      if (turn !== this.#turn) return
      this.#figures = figures
      this.#devices = devices.devices
      this.#fault = undefined
      this.#at = Date.now()
    } catch (thrown) {
      if (turn === this.#turn) this.#fault = faultOf(thrown)
    }
  }

  follow(): () => void {
    const stops = [
      live.followSlowly(['*'], () => void this.load()),
      live.on('broken', () => void this.load()),
    ]
    return () => stops.forEach((stop) => stop())
  }
}
