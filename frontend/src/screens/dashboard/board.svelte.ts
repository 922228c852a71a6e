import { backend } from '$lib/api/backend'
import { faultOf, type Fault } from '$lib/api/fault'
import type { Dashboard, Device } from '$lib/api/types'
import { live } from '$lib/state/live.svelte'
import { scope } from '$lib/state/scope.svelte'
import { session } from '$lib/state/session.svelte'

const againMs = 1000

/** The register in figures, for a country or for all. What is shown stays until what replaces it has come. */
export class Board {
  #country = $state('')
  #figures = $state.raw<Dashboard>()
  #devices = $state.raw<Device[]>([])
  #fault = $state.raw<Fault>()
  #at = $state(0)
  #turn = 0
  #timer: ReturnType<typeof setTimeout> | undefined

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
    clearTimeout(this.#timer)
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
      if (figures.adding) this.#timer = setTimeout(() => void this.load(), againMs)
    } catch (thrown) {
      if (turn === this.#turn) this.#fail(faultOf(thrown))
    }
  }

  /** Figures stay while the server is away; not when they are no longer this person's to see. */
  #fail(fault: Fault): void {
    this.#fault = fault
    if (fault.status === 403 || fault.code === 'unknown_network') this.#figures = undefined
  }

  follow(): () => void {
    const stops = [
      live.followSlowly(['*'], () => void this.load()),
      live.on('broken', () => void this.load()),
    ]
    return () => {
      stops.forEach((stop) => stop())
      clearTimeout(this.#timer)
      this.#turn++ // what is on its way is no longer waited for
    }
  }
}
